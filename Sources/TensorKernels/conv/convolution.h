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

/// The same for rows `first ..< end` of the output, without gathering: the input rows under them are copied once, with
/// zeros around them, into `scratch` (`tk_convolution_scratch` numbers), where the inputs of a position lie in a few
/// pieces at the same distances for all positions.
typedef void tk_convolution_rows_function(
    const tk_convolution_shape *shape, const float *input, const float *packed, float *output,
    const tk_epilogue *epilogue, size_t first, size_t end, float *scratch);

TK_DECLARE_ISAS(tk_convolution_rows_function, tk_convolution_rows);

/// Input columns under a row of the output.
static inline size_t tk_convolution_padded_width(const tk_convolution_shape *shape) {
  return (shape->output_width - 1) * shape->stride + (shape->kernel_width - 1) * shape->dilation + 1;
}

/// Numbers of input, zeros included, under `rows` rows of the output.
static inline size_t tk_convolution_scratch(const tk_convolution_shape *shape, size_t rows) {
  size_t height = (rows - 1) * shape->stride + (shape->kernel_height - 1) * shape->dilation + 1;
  return height * tk_convolution_padded_width(shape) * shape->channels;
}

/// The most taps of a kernel for `tk_convolution_rows`.
#define TK_MOST_TAPS 25

#endif
