#include "resample_gradient.h"

void tk_scaled_add_scalar(size_t count, float weight, const float *input, float *output) {
  for (size_t i = 0; i < count; i++) output[i] = (float)(output[i] + (double)weight * input[i]);
}

void tk_bilinear_row_gradient_scalar(
    size_t count, size_t channels, const tk_bilinear_taps *taps, float weight, const float *gradient,
    size_t gradient_stride, float *row) {
  for (size_t j = 0; j < count; j++) {
    const float *cell = gradient + j * gradient_stride;
    const double right = taps[j].fraction;
    for (size_t c = 0; c < channels; c++) {
      float *first = row + taps[j].first * channels + c, *second = row + taps[j].second * channels + c;
      *first = (float)(*first + weight * (1 - right) * cell[c]);
      *second = (float)(*second + weight * right * cell[c]);
    }
  }
}
