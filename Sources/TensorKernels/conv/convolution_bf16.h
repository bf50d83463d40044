#ifndef TK_CONV_CONVOLUTION_BF16_H
#define TK_CONV_CONVOLUTION_BF16_H

#include "TensorKernels.h"

/// The specification of dense convolution in bf16: output positions `first ..< end` of one image, counted row by row.
/// `input`, `output` and the epilogue's residual begin at the image.
void tk_convolution_bf16_scalar(
    const tk_convolution_shape *shape, const float *input, const uint16_t *packed, float *output,
    const tk_epilogue *epilogue, size_t first, size_t end);

#endif
