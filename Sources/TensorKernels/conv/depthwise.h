#ifndef TK_CONV_DEPTHWISE_H
#define TK_CONV_DEPTHWISE_H

#include "../runtime/isa.h"

/// Row `y` of the output of one image; `input` begins at the image, `output` at the row.
typedef void tk_depthwise_function(
    const tk_convolution_shape *shape, const float *input, const float *weights, float *output, size_t y,
    const tk_epilogue *epilogue);

TK_DECLARE_ISAS(tk_depthwise_function, tk_depthwise_row);

#endif
