// Resampling with vectors over channels; bytes with vectors over 16 rows or columns, which every instruction set splits
// into its own.
#include "../runtime/vector.h"
#include "../runtime/vector_lanes.h"
#include "../runtime/partial.h"

/// One vector of channels, blended from four cells.
TK_INLINE void TK_FUNCTION(blend)(
    size_t lanes, const float *const *cells, const float *weights, bool accumulate, float *output) {
  TK_VECTOR sum = accumulate ? tk_load_part(output, lanes) : (TK_VECTOR){0};
  const TK_VECTOR upper = tk_fma(
      tk_splat(weights[1]), tk_load_part(cells[1], lanes), tk_splat(weights[0]) * tk_load_part(cells[0], lanes));
  const TK_VECTOR lower = tk_fma(
      tk_splat(weights[3]), tk_load_part(cells[3], lanes), tk_splat(weights[2]) * tk_load_part(cells[2], lanes));
  sum += upper + lower;
  tk_store_part(output, sum, lanes);
}

void TK_FUNCTION(tk_bilinear_row)(
    size_t count, size_t channels, const tk_bilinear_taps *taps, const float *upper, const float *lower, float fraction,
    bool accumulate, float *output, size_t output_stride) {
  for (size_t j = 0; j < count; j++) {
    const size_t first = taps[j].first * channels, second = taps[j].second * channels;
    const float right = taps[j].fraction, left = 1 - right, top = 1 - fraction;
    const float weights[4] = {top * left, top * right, fraction * left, fraction * right};
    float *out = output + j * output_stride;
    if (channels == 1) {
      const float value = (weights[0] * upper[first] + weights[1] * upper[second]) +
                          (weights[2] * lower[first] + weights[3] * lower[second]);
      *out = accumulate ? *out + value : value;
      continue;
    }
    size_t c = 0;
    for (; c + TK_LANES <= channels; c += TK_LANES) {
      const float *const cells[4] = {upper + first + c, upper + second + c, lower + first + c, lower + second + c};
      TK_FUNCTION(blend)(TK_LANES, cells, weights, accumulate, out + c);
    }
    if (c < channels) {
      const float *const cells[4] = {upper + first + c, upper + second + c, lower + first + c, lower + second + c};
      TK_FUNCTION(blend)(channels - c, cells, weights, accumulate, out + c);
    }
  }
}

// ------------------------------------------------------------------------------------------------------- normalisation

typedef uint8_t TK_FUNCTION(tk_lane_bytes) __attribute__((vector_size(TK_LANES)));

void TK_FUNCTION(tk_normalize_row)(
    size_t count, const uint8_t *input, const float *mean, const float *deviation, float *output) {
  // Three vectors hold the pattern of three channels a whole number of times.
  TK_VECTOR means[3], deviations[3];
  for (size_t v = 0; v < 3; v++)
    for (size_t i = 0; i < TK_LANES; i++) {
      means[v][i] = mean[(v * TK_LANES + i) % 3];
      deviations[v][i] = deviation[(v * TK_LANES + i) % 3];
    }
  size_t b = 0;
  for (; b + 3 * TK_LANES <= 3 * count; b += 3 * TK_LANES)
    for (size_t v = 0; v < 3; v++) {
      TK_FUNCTION(tk_lane_bytes) bytes;
      memcpy(&bytes, input + b + v * TK_LANES, sizeof bytes);
      tk_store(output + b + v * TK_LANES, (__builtin_convertvector(bytes, TK_VECTOR) - means[v]) / deviations[v]);
    }
  tk_normalize_row_scalar(count - b / 3, input + b, mean, deviation, output + b);
}

// -------------------------------------------------------------------------------------------------------------- bicubic

typedef uint8_t TK_FUNCTION(tk_16_bytes) __attribute__((vector_size(16)));
typedef int32_t TK_FUNCTION(tk_16_sums) __attribute__((vector_size(64)));
#undef TK_BYTES
#undef TK_SUMS
#define TK_BYTES TK_FUNCTION(tk_16_bytes)
#define TK_SUMS TK_FUNCTION(tk_16_sums)

TK_INLINE void TK_FUNCTION(multiply_add)(TK_SUMS *sum, int32_t weight, const uint8_t *input) {
  TK_BYTES bytes;
  memcpy(&bytes, input, sizeof bytes);
  *sum += __builtin_convertvector(bytes, TK_SUMS) * weight;
}

TK_INLINE void TK_FUNCTION(store_rounded)(const TK_SUMS *sum, uint8_t *output) {
  TK_SUMS value = (*sum + (1 << (TK_CUBIC_BITS - 1))) >> TK_CUBIC_BITS;
  value = __builtin_elementwise_min(__builtin_elementwise_max(value, (TK_SUMS){0}), (TK_SUMS){0} + 255);
  const TK_BYTES bytes = __builtin_convertvector(value, TK_BYTES);
  memcpy(output, &bytes, sizeof bytes);
}

void TK_FUNCTION(tk_cubic_columns)(
    const tk_cubic_taps *taps, size_t rows, size_t width, size_t channels, const uint8_t *input, size_t stride,
    uint8_t *restrict output, uint8_t *restrict scratch) {
  // Turned round, so that the same byte of all rows is a vector. The lanes of missing rows repeat the last one.
  const size_t bytes = width * channels;
  for (size_t r = 0; r < TK_CUBIC_ROWS; r++) {
    const uint8_t *row = input + (r < rows ? r : rows - 1) * stride;
    for (size_t b = 0; b < bytes; b++) scratch[b * TK_CUBIC_ROWS + r] = row[b];
  }
  const size_t output_stride = taps->count * channels;
  for (size_t i = 0; i < taps->count; i++) {
    const int32_t *weights = taps->weights + i * taps->most;
    for (size_t c = 0; c < channels; c++) {
      const uint8_t *in = scratch + ((size_t)taps->first[i] * channels + c) * TK_CUBIC_ROWS;
      TK_SUMS sum = {0};
      for (size_t k = 0; k < (size_t)taps->counts[i]; k++)
        TK_FUNCTION(multiply_add)(&sum, weights[k], in + k * channels * TK_CUBIC_ROWS);
      uint8_t column[TK_CUBIC_ROWS];
      TK_FUNCTION(store_rounded)(&sum, column);
      for (size_t r = 0; r < rows; r++) output[r * output_stride + i * channels + c] = column[r];
    }
  }
}

void TK_FUNCTION(tk_cubic_row)(
    const tk_cubic_taps *taps, size_t index, size_t bytes, const uint8_t *input, size_t stride,
    uint8_t *restrict output) {
  const int32_t *weights = taps->weights + index * taps->most;
  const size_t count = (size_t)taps->counts[index];
  const uint8_t *in = input + (size_t)taps->first[index] * stride;
  size_t b = 0;
  for (; b + 32 <= bytes; b += 32) {
    TK_SUMS left = {0}, right = {0};
    for (size_t k = 0; k < count; k++) {
      TK_FUNCTION(multiply_add)(&left, weights[k], in + k * stride + b);
      TK_FUNCTION(multiply_add)(&right, weights[k], in + k * stride + b + 16);
    }
    TK_FUNCTION(store_rounded)(&left, output + b);
    TK_FUNCTION(store_rounded)(&right, output + b + 16);
  }
  for (; b < bytes; b += 16) {
    const size_t rest = bytes - b < 16 ? bytes - b : 16;
    TK_SUMS sum = {0};
    for (size_t k = 0; k < count; k++) {
      uint8_t part[16] = {0};
      memcpy(part, in + k * stride + b, rest);
      TK_FUNCTION(multiply_add)(&sum, weights[k], part);
    }
    uint8_t part[16];
    TK_FUNCTION(store_rounded)(&sum, part);
    memcpy(output + b, part, rest);
  }
}
