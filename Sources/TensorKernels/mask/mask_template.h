// Masks with vectors over columns or channels.
#include "../runtime/vector.h"
#include "../runtime/vector_lanes.h"
#include "../runtime/partial.h"

/// The first `count` logits, `dx` their distances from the centre in half-widths.
TK_INLINE void TK_FUNCTION(add_prior)(size_t count, TK_VECTOR dx, float dy2, float gain, float floor, float *logits) {
  const TK_VECTOR inside = 1 - __builtin_elementwise_sqrt(tk_fma(dx, dx, tk_splat(dy2 + 1e-12f)));
  const TK_VECTOR least = tk_splat(floor), prior = tk_select(inside > least, inside, least);
  if (count == TK_LANES)
    tk_store(logits, tk_fma(tk_splat(gain), prior, tk_load(logits)));
  else
    tk_store_part(logits, tk_fma(tk_splat(gain), prior, tk_load_part(logits, count)), count);
}

void TK_FUNCTION(tk_ellipse_row)(
    size_t width, float centre, float half, float dy2, float gain, float floor, float *logits) {
  // In columns from the centre, so that the subtraction is of numbers with few bits.
  const float step = 1 / (half * (float)width);
  const double middle = (double)centre * (double)width - 0.5;
  const float whole = (float)__builtin_floor(middle), rest = (float)(middle - __builtin_floor(middle));
  const TK_VECTOR lanes = __builtin_convertvector(TK_FUNCTION(lanes)(), TK_VECTOR);
  size_t x = 0;
  for (; x + TK_LANES <= width; x += TK_LANES)
    TK_FUNCTION(add_prior)(TK_LANES, ((lanes + (float)x - whole) - rest) * step, dy2, gain, floor, logits + x);
  if (x < width)
    TK_FUNCTION(add_prior)(width - x, ((lanes + (float)x - whole) - rest) * step, dy2, gain, floor, logits + x);
}

TK_INLINE void TK_FUNCTION(weighted_vector)(
    size_t lanes, size_t count, const float *weights, const float *rows, size_t stride, double *sums) {
  TK_VECTOR sum = {0};
  for (size_t i = 0; i < count; i++)
    sum = tk_fma(tk_splat(weights[i]), tk_load_part(rows + i * stride, lanes), sum);
  float parts[TK_LANES];
  tk_store(parts, sum);
  for (size_t c = 0; c < lanes; c++) sums[c] += parts[c];
}

void TK_FUNCTION(tk_weighted_rows)(
    size_t count, size_t channels, const float *weights, const float *rows, size_t stride, double *sums) {
  for (size_t i = 0; i < count; i += TK_MASK_ROWS) {
    const size_t block = count - i < TK_MASK_ROWS ? count - i : TK_MASK_ROWS;
    const float *first = rows + i * stride;
    size_t c = 0;
    for (; c + TK_LANES <= channels; c += TK_LANES)
      TK_FUNCTION(weighted_vector)(TK_LANES, block, weights + i, first + c, stride, sums + c);
    if (c < channels) TK_FUNCTION(weighted_vector)(channels - c, block, weights + i, first + c, stride, sums + c);
  }
}
