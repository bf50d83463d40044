#ifndef TK_CONV_CONVOLUTION_H
#define TK_CONV_CONVOLUTION_H

#include "../runtime/isa.h"

/// Dense convolution of output positions `first ..< end` of one image, counted row by row. `input`, `output` and the
/// epilogue's residual begin at the image. `columns` is scratch for `rows` rows of kernel height * width * channels;
/// the scalar version, the specification, does not need it.
typedef void tk_convolution_function(
    const tk_convolution_shape *shape, const float *input, const float *packed, float *output,
    const tk_epilogue *epilogue, size_t first, size_t end, float *columns, size_t rows);

TK_DECLARE_ISAS(tk_convolution_function, tk_convolution_positions);

#endif
