#include "../runtime/activate_scalar.h"
#include "depthwise.h"

void tk_depthwise_row_scalar(
    const tk_convolution_shape *shape, const float *input, const float *weights, float *output, size_t y,
    const tk_epilogue *epilogue) {
  size_t channels = shape->channels;
  for (size_t x = 0; x < shape->output_width; x++)
    for (size_t c = 0; c < channels; c++) {
      double sum = 0;
      for (size_t i = 0; i < shape->kernel_height; i++)
        for (size_t j = 0; j < shape->kernel_width; j++) {
          ptrdiff_t row = (ptrdiff_t)(y * shape->stride + i * shape->dilation) - (ptrdiff_t)shape->padding_top;
          ptrdiff_t column = (ptrdiff_t)(x * shape->stride + j * shape->dilation) - (ptrdiff_t)shape->padding_left;
          if (row < 0 || row >= (ptrdiff_t)shape->height || column < 0 || column >= (ptrdiff_t)shape->width) continue;
          sum += (double)input[((size_t)row * shape->width + (size_t)column) * channels + c] *
                 weights[(i * shape->kernel_width + j) * channels + c];
        }
      if (epilogue->bias) sum += epilogue->bias[c];
      output[x * channels + c] = (float)tk_activate_scalar(sum, epilogue->activation);
    }
}
