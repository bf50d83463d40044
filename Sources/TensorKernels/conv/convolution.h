#ifndef TK_CONV_CONVOLUTION_H
#define TK_CONV_CONVOLUTION_H

#include "../runtime/isa.h"

/// The specification: output positions `first ..< end` of one image, counted row by row. `input`, `output` and the
/// epilogue's residual begin at the image.
void tk_convolution_positions_scalar(
    const tk_convolution_shape *shape, const float *input, const float *packed, float *output,
    const tk_epilogue *epilogue, size_t first, size_t end);

#endif
