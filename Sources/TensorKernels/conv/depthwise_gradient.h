#ifndef TK_CONV_DEPTHWISE_GRADIENT_H
#define TK_CONV_DEPTHWISE_GRADIENT_H

#include "../runtime/isa.h"

/// Adds to `sums` `[kh*kw, C]`, the gradient by the weights, what output row `y` of one image contributes; `input` begins at
/// the image, `gradient` at the row.
typedef void tk_depthwise_weights_function(
    const tk_convolution_shape *shape, const float *input, const float *gradient, size_t y, float *sums);

TK_DECLARE_ISAS(tk_depthwise_weights_function, tk_depthwise_weights_row);

/// Row `y` of the gradient by the input of one image; `gradient` begins at the image, `output` at the row. Faster versions
/// than the scalar one know no dilation.
typedef void tk_depthwise_input_function(
    const tk_convolution_shape *shape, const float *gradient, const float *weights, size_t y, float *output);

TK_DECLARE_ISAS(tk_depthwise_input_function, tk_depthwise_input_row);

#endif
