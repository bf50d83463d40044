#include "../gemm/product.h"
#include "../runtime/activate_scalar.h"
#include "convolution.h"

void tk_convolution_positions_scalar(
    const tk_convolution_shape *shape, const float *input, const float *packed, float *output,
    const tk_epilogue *epilogue, size_t first, size_t end, float *columns, size_t rows) {
  (void)columns, (void)rows;
  size_t channels = shape->channels, k = shape->kernel_height * shape->kernel_width * channels;
  for (size_t position = first; position < end; position++) {
    ptrdiff_t y = (ptrdiff_t)(position / shape->output_width * shape->stride) - (ptrdiff_t)shape->padding_top;
    ptrdiff_t x = (ptrdiff_t)(position % shape->output_width * shape->stride) - (ptrdiff_t)shape->padding_left;
    for (size_t j = 0; j < shape->output_channels; j++) {
      const float *weights = packed + j / TK_PANEL * TK_PANEL * k + j % TK_PANEL;
      double sum = 0;
      for (size_t i = 0; i < k; i++) {
        size_t tap = i / channels, channel = i % channels;
        ptrdiff_t row = y + (ptrdiff_t)(tap / shape->kernel_width * shape->dilation);
        ptrdiff_t column = x + (ptrdiff_t)(tap % shape->kernel_width * shape->dilation);
        bool inside = row >= 0 && row < (ptrdiff_t)shape->height && column >= 0 && column < (ptrdiff_t)shape->width;
        double value = inside ? input[((size_t)row * shape->width + (size_t)column) * channels + channel] : 0;
        sum += value * weights[i * TK_PANEL];
      }
      if (epilogue->bias) sum += epilogue->bias[j];
      sum = tk_activate_scalar(sum, epilogue->activation);
      if (epilogue->residual) sum += epilogue->residual[position * epilogue->residual_stride + j];
      output[position * shape->output_channels + j] = (float)sum;
    }
  }
}

void tk_convolution_rows_scalar(
    const tk_convolution_shape *shape, const float *input, const float *packed, float *output,
    const tk_epilogue *epilogue, size_t first, size_t end, float *scratch) {
  tk_convolution_positions_scalar(
      shape, input, packed, output, epilogue, first * shape->output_width, end * shape->output_width, scratch, 0);
}
