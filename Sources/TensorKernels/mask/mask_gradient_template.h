// Gradients of masks with vectors over columns or channels.
#include "../runtime/vector.h"
#include "../runtime/vector_lanes.h"
#include "../runtime/partial.h"

tk_ellipse_sums TK_FUNCTION(tk_ellipse_row_gradient)(
    size_t width, float centre, float half, float dy2, float floor, const float *gradient) {
  // In columns from the centre, so that the subtraction is of numbers with few bits.
  const float step = 1 / (half * (float)width);
  const double middle = (double)centre * (double)width - 0.5;
  const float whole = (float)__builtin_floor(middle), rest = (float)(middle - __builtin_floor(middle));
  const TK_VECTOR lanes = __builtin_convertvector(TK_FUNCTION(lanes)(), TK_VECTOR), zero = {0}, least = tk_splat(floor);
  TK_VECTOR prior = {0}, slope = {0}, slope_dx = {0}, slope_dx2 = {0};
  for (size_t x = 0; x < width; x += TK_LANES) {
    const size_t count = width - x < TK_LANES ? width - x : TK_LANES;
    const TK_VECTOR dx = ((lanes + (float)x - whole) - rest) * step, g = tk_load_part(gradient + x, count);
    const TK_VECTOR r = __builtin_elementwise_sqrt(tk_fma(dx, dx, tk_splat(dy2 + 1e-12f))), inside = 1 - r;
    const TK_INTEGERS above = inside > least;
    prior = tk_fma(g, tk_select(above, inside, least), prior);
    const TK_VECTOR part = tk_select(above, g / r, zero);
    slope += part;
    slope_dx = tk_fma(part, dx, slope_dx);
    slope_dx2 = tk_fma(part * dx, dx, slope_dx2);
  }
  return (tk_ellipse_sums){tk_sum(prior), tk_sum(slope), tk_sum(slope_dx), tk_sum(slope_dx2)};
}

void TK_FUNCTION(tk_weighted_rows_gradient)(
    size_t count, size_t channels, const float *weights, const float *weighted, const float *plain, const float *rows,
    float *products, float *gradient) {
  const size_t tail = channels % TK_LANES, whole = channels - tail;
  for (size_t i = 0; i < count; i++) {
    const float *row = rows + i * channels;
    float *out = gradient + i * channels;
    const TK_VECTOR weight = tk_splat(weights[i]);
    TK_VECTOR sum = {0};
    for (size_t c = 0; c < whole; c += TK_LANES) {
      const TK_VECTOR factor = tk_load(weighted + c);
      sum = tk_fma(factor, tk_load(row + c), sum);
      tk_store(out + c, tk_fma(weight, factor, tk_load(plain + c)));
    }
    if (tail) {
      const TK_VECTOR factor = tk_load_part(weighted + whole, tail);
      sum = tk_fma(factor, tk_load_part(row + whole, tail), sum);
      tk_store_part(out + whole, tk_fma(weight, factor, tk_load_part(plain + whole, tail)), tail);
    }
    products[i] = tk_sum(sum);
  }
}
