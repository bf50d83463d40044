// Gradients of resampling with vectors over channels.
#include "../runtime/vector.h"
#include "../runtime/vector_lanes.h"
#include "../runtime/partial.h"

void TK_FUNCTION(tk_scaled_add)(size_t count, float weight, const float *input, float *output) {
  const TK_VECTOR factor = tk_splat(weight);
  size_t i = 0;
  for (; i + TK_LANES <= count; i += TK_LANES)
    tk_store(output + i, tk_fma(factor, tk_load(input + i), tk_load(output + i)));
  if (i < count)
    tk_store_part(
        output + i, tk_fma(factor, tk_load_part(input + i, count - i), tk_load_part(output + i, count - i)),
        count - i);
}

void TK_FUNCTION(tk_bilinear_row_gradient)(
    size_t count, size_t channels, const tk_bilinear_taps *taps, float weight, const float *gradient,
    size_t gradient_stride, float *row) {
  for (size_t j = 0; j < count; j++) {
    const float *cell = gradient + j * gradient_stride;
    const float right = weight * taps[j].fraction, left = weight * (1 - taps[j].fraction);
    float *first = row + taps[j].first * channels, *second = row + taps[j].second * channels;
    if (channels == 1) {
      *first += left * *cell;
      *second += right * *cell;
      continue;
    }
    // At the border both are one cell, so the first is stored before the second is read.
    TK_FUNCTION(tk_scaled_add)(channels, left, cell, first);
    if (right != 0) TK_FUNCTION(tk_scaled_add)(channels, right, cell, second);
  }
}
