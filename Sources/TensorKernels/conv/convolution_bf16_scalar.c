#include "../gemm/bf16_scalar.h"
#include "../runtime/activate_scalar.h"
#include "convolution_bf16.h"

void tk_convolution_bf16_scalar(
    const tk_convolution_shape *shape, const float *input, const uint16_t *packed, float *output,
    const tk_epilogue *epilogue, size_t first, size_t end) {
  size_t channels = shape->channels, n = shape->output_channels;
  size_t k = shape->kernel_height * shape->kernel_width * channels;
  for (size_t position = first; position < end; position++) {
    ptrdiff_t y = (ptrdiff_t)(position / shape->output_width * shape->stride) - (ptrdiff_t)shape->padding_top;
    ptrdiff_t x = (ptrdiff_t)(position % shape->output_width * shape->stride) - (ptrdiff_t)shape->padding_left;
    for (size_t j = 0; j < n; j++) {
      double sum = 0;
      for (size_t i = 0; i < k; i++) {
        size_t tap = i / channels, channel = i % channels;
        ptrdiff_t row = y + (ptrdiff_t)(tap / shape->kernel_width * shape->dilation);
        ptrdiff_t column = x + (ptrdiff_t)(tap % shape->kernel_width * shape->dilation);
        if (row < 0 || row >= (ptrdiff_t)shape->height || column < 0 || column >= (ptrdiff_t)shape->width) continue;
        float value = input[((size_t)row * shape->width + (size_t)column) * channels + channel];
        sum += (double)tk_rounded_bf16_scalar(value) * tk_packed_bf16_scalar(packed, k, j, i);
      }
      if (epilogue->bias) sum += epilogue->bias[j];
      sum = tk_activate_scalar(sum, epilogue->activation);
      if (epilogue->residual) sum += epilogue->residual[position * epilogue->residual_stride + j];
      output[position * n + j] = (float)sum;
    }
  }
}
