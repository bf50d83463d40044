#include "depthwise_gradient.h"

/// The input place under tap `tap` of output place `place`, or `size` and more where it lies beyond the edges.
static size_t under(size_t place, size_t tap, size_t stride, size_t dilation, size_t padding, size_t size) {
  const size_t reach = place * stride + tap * dilation;
  return reach < padding ? size : reach - padding;
}

void tk_depthwise_weights_row_scalar(
    const tk_convolution_shape *s, const float *input, const float *gradient, size_t y, float *sums) {
  for (size_t i = 0; i < s->kernel_height; i++) {
    const size_t row = under(y, i, s->stride, s->dilation, s->padding_top, s->height);
    if (row >= s->height) continue;
    for (size_t j = 0; j < s->kernel_width; j++)
      for (size_t c = 0; c < s->channels; c++) {
        double sum = sums[(i * s->kernel_width + j) * s->channels + c];
        for (size_t x = 0; x < s->output_width; x++) {
          const size_t column = under(x, j, s->stride, s->dilation, s->padding_left, s->width);
          if (column < s->width)
            sum += (double)gradient[x * s->channels + c] * input[(row * s->width + column) * s->channels + c];
        }
        sums[(i * s->kernel_width + j) * s->channels + c] = (float)sum;
      }
  }
}

void tk_depthwise_input_row_scalar(
    const tk_convolution_shape *s, const float *gradient, const float *weights, size_t y, float *output) {
  for (size_t x = 0; x < s->width; x++)
    for (size_t c = 0; c < s->channels; c++) {
      double sum = 0;
      for (size_t i = 0; i < s->kernel_height; i++)
        for (size_t j = 0; j < s->kernel_width; j++) {
          // The output places whose taps (i, j) lie here.
          if (y + s->padding_top < i * s->dilation || x + s->padding_left < j * s->dilation) continue;
          const size_t row = y + s->padding_top - i * s->dilation, column = x + s->padding_left - j * s->dilation;
          if (row % s->stride || column % s->stride) continue;
          const size_t output_y = row / s->stride, output_x = column / s->stride;
          if (output_y >= s->output_height || output_x >= s->output_width) continue;
          sum += (double)gradient[(output_y * s->output_width + output_x) * s->channels + c] *
                 weights[(i * s->kernel_width + j) * s->channels + c];
        }
      output[x * s->channels + c] = (float)sum;
    }
}
