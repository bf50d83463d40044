#include "resample.h"

void tk_bilinear_row_scalar(
    size_t count, size_t channels, const tk_bilinear_taps *taps, const float *upper, const float *lower, float fraction,
    bool accumulate, float *output, size_t output_stride) {
  for (size_t j = 0; j < count; j++) {
    const size_t first = taps[j].first * channels, second = taps[j].second * channels;
    const double right = taps[j].fraction, bottom = fraction;
    float *out = output + j * output_stride;
    for (size_t c = 0; c < channels; c++) {
      const double above = upper[first + c] * (1 - right) + upper[second + c] * right;
      const double below = lower[first + c] * (1 - right) + lower[second + c] * right;
      const double value = above * (1 - bottom) + below * bottom;
      out[c] = (float)(accumulate ? out[c] + value : value);
    }
  }
}

void tk_normalize_row_scalar(
    size_t count, const uint8_t *input, const float *mean, const float *deviation, float *output) {
  for (size_t i = 0; i < 3 * count; i++) output[i] = ((float)input[i] - mean[i % 3]) / deviation[i % 3];
}

static uint8_t rounded(int32_t sum) {
  const int32_t value = (sum + (1 << (TK_CUBIC_BITS - 1))) >> TK_CUBIC_BITS;
  return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

void tk_cubic_columns_scalar(
    const tk_cubic_taps *taps, size_t rows, size_t width, size_t channels, const uint8_t *input, size_t stride,
    uint8_t *restrict output, uint8_t *restrict scratch) {
  (void)width, (void)scratch;
  for (size_t r = 0; r < rows; r++)
    for (size_t i = 0; i < taps->count; i++)
      for (size_t c = 0; c < channels; c++) {
        const uint8_t *in = input + r * stride + (size_t)taps->first[i] * channels + c;
        int32_t sum = 0;
        for (size_t k = 0; k < (size_t)taps->counts[i]; k++) sum += taps->weights[i * taps->most + k] * in[k * channels];
        output[(r * taps->count + i) * channels + c] = rounded(sum);
      }
}

void tk_cubic_row_scalar(
    const tk_cubic_taps *taps, size_t index, size_t bytes, const uint8_t *input, size_t stride,
    uint8_t *restrict output) {
  const uint8_t *in = input + (size_t)taps->first[index] * stride;
  for (size_t b = 0; b < bytes; b++) {
    int32_t sum = 0;
    for (size_t k = 0; k < (size_t)taps->counts[index]; k++)
      sum += taps->weights[index * taps->most + k] * in[k * stride + b];
    output[b] = rounded(sum);
  }
}
