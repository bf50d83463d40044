// Masks with vectors over columns or channels.
#include "../runtime/vector.h"
#include "../runtime/vector_lanes.h"
#include "../runtime/partial.h"

void TK_FUNCTION(tk_ellipse_row)(
    size_t width, float centre, float half, float dy2, float gain, float floor, float *logits) {
  // In columns from the centre, so that the subtraction is of numbers with few bits.
  const float step = 1 / (half * (float)width);
  const double middle = (double)centre * (double)width - 0.5;
  const float whole = (float)__builtin_floor(middle), rest = (float)(middle - __builtin_floor(middle));
  const TK_VECTOR lanes = __builtin_convertvector(TK_FUNCTION(lanes)(), TK_VECTOR);
  for (size_t x = 0; x < width; x += TK_LANES) {
    const size_t count = width - x < TK_LANES ? width - x : TK_LANES;
    const TK_VECTOR dx = ((lanes + (float)x - whole) - rest) * step;
    const TK_VECTOR inside = 1 - __builtin_elementwise_sqrt(tk_fma(dx, dx, tk_splat(dy2 + 1e-12f)));
    const TK_VECTOR least = tk_splat(floor);
    const TK_VECTOR sum = tk_fma(tk_splat(gain), tk_select(inside > least, inside, least), tk_load_part(logits + x, count));
    tk_store_part(logits + x, sum, count);
  }
}

TK_INLINE void TK_FUNCTION(weighted_vector)(
    size_t lanes, size_t count, size_t channels, const float *weights, const float *rows, double *sums) {
  TK_VECTOR sum = {0};
  for (size_t i = 0; i < count; i++)
    sum = tk_fma(tk_splat(weights[i]), tk_load_part(rows + i * channels, lanes), sum);
  float parts[TK_LANES];
  tk_store(parts, sum);
  for (size_t c = 0; c < lanes; c++) sums[c] += parts[c];
}

void TK_FUNCTION(tk_weighted_rows)(
    size_t count, size_t channels, const float *weights, const float *rows, double *sums) {
  for (size_t i = 0; i < count; i += TK_MASK_ROWS) {
    const size_t block = count - i < TK_MASK_ROWS ? count - i : TK_MASK_ROWS;
    const float *first = rows + i * channels;
    size_t c = 0;
    for (; c + TK_LANES <= channels; c += TK_LANES)
      TK_FUNCTION(weighted_vector)(TK_LANES, block, channels, weights + i, first + c, sums + c);
    if (c < channels) TK_FUNCTION(weighted_vector)(channels - c, block, channels, weights + i, first + c, sums + c);
  }
}
