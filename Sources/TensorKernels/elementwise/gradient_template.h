// The loops of the training section with vectors.
#include "../runtime/vector.h"
#include "../runtime/vector_lanes.h"
#include "../runtime/partial.h"
#include "../runtime/vector_exp.h"
#include "../runtime/activate.h"
#include "../runtime/activation_slope.h"

TK_INLINE void TK_FUNCTION(activate_loop)(
    size_t count, const tk_activation activation, const float *input, float *output) {
  size_t i = 0;
  for (; i + TK_LANES <= count; i += TK_LANES) tk_store(output + i, tk_activate(tk_load(input + i), activation));
  if (i == count) return;
  const size_t rest = count - i;
  tk_store_part(output + i, tk_activate(tk_load_part(input + i, rest), activation), rest);
}

void TK_FUNCTION(tk_activate_numbers)(size_t count, tk_activation activation, const float *input, float *output) {
  switch (activation) {
    case TK_ACTIVATION_NONE: TK_FUNCTION(activate_loop)(count, TK_ACTIVATION_NONE, input, output); break;
    case TK_ACTIVATION_RELU: TK_FUNCTION(activate_loop)(count, TK_ACTIVATION_RELU, input, output); break;
    case TK_ACTIVATION_RELU6: TK_FUNCTION(activate_loop)(count, TK_ACTIVATION_RELU6, input, output); break;
    case TK_ACTIVATION_GELU: TK_FUNCTION(activate_loop)(count, TK_ACTIVATION_GELU, input, output); break;
  }
}

TK_INLINE void TK_FUNCTION(slope_loop)(
    size_t count, const tk_activation activation, const float *source, const float *gradient, float *output) {
  size_t i = 0;
  for (; i + TK_LANES <= count; i += TK_LANES)
    tk_store(output + i, tk_load(gradient + i) * tk_activation_slope(tk_load(source + i), activation));
  if (i == count) return;
  const size_t rest = count - i;
  const TK_VECTOR slope = tk_activation_slope(tk_load_part(source + i, rest), activation);
  tk_store_part(output + i, tk_load_part(gradient + i, rest) * slope, rest);
}

void TK_FUNCTION(tk_activation_gradient)(
    size_t count, tk_activation activation, const float *source, const float *gradient, float *output) {
  switch (activation) {
    case TK_ACTIVATION_NONE: TK_FUNCTION(slope_loop)(count, TK_ACTIVATION_NONE, source, gradient, output); break;
    case TK_ACTIVATION_RELU: TK_FUNCTION(slope_loop)(count, TK_ACTIVATION_RELU, source, gradient, output); break;
    case TK_ACTIVATION_RELU6: TK_FUNCTION(slope_loop)(count, TK_ACTIVATION_RELU6, source, gradient, output); break;
    case TK_ACTIVATION_GELU: TK_FUNCTION(slope_loop)(count, TK_ACTIVATION_GELU, source, gradient, output); break;
  }
}

void TK_FUNCTION(tk_multiply)(size_t count, const float *a, const float *b, float *output) {
  size_t i = 0;
  for (; i + TK_LANES <= count; i += TK_LANES) tk_store(output + i, tk_load(a + i) * tk_load(b + i));
  if (i == count) return;
  const size_t rest = count - i;
  tk_store_part(output + i, tk_load_part(a + i, rest) * tk_load_part(b + i, rest), rest);
}

TK_INLINE TK_VECTOR TK_FUNCTION(sigmoid_slope)(TK_VECTOR y) { return y * (tk_splat(1) - y); }

void TK_FUNCTION(tk_sigmoid_gradient)(size_t count, const float *a, const float *b, float *output) {
  size_t i = 0;
  for (; i + TK_LANES <= count; i += TK_LANES) tk_store(output + i, TK_FUNCTION(sigmoid_slope)(tk_load(a + i)) * tk_load(b + i));
  if (i == count) return;
  const size_t rest = count - i;
  tk_store_part(output + i, TK_FUNCTION(sigmoid_slope)(tk_load_part(a + i, rest)) * tk_load_part(b + i, rest), rest);
}

void TK_FUNCTION(tk_scale)(size_t count, float factor, const float *input, float *output) {
  size_t i = 0;
  for (; i + TK_LANES <= count; i += TK_LANES) tk_store(output + i, tk_load(input + i) * factor);
  if (i == count) return;
  const size_t rest = count - i;
  tk_store_part(output + i, tk_load_part(input + i, rest) * factor, rest);
}

/// Columns of `vectors` neighbouring vectors (the last one of `part` lanes) over at most TK_SUM_BLOCK rows.
TK_INLINE void TK_FUNCTION(block_sums)(
    const size_t vectors, size_t part, size_t rows, const float *input, size_t stride, double *restrict sums) {
  TK_VECTOR sum[4] = {0};
  for (size_t r = 0; r < rows; r++)
    for (size_t v = 0; v < vectors; v++)
      sum[v] += part == TK_LANES ? tk_load(input + r * stride + v * TK_LANES)
                                 : tk_load_part(input + r * stride + v * TK_LANES, part);
  for (size_t v = 0; v < vectors; v++) {
    float lanes[TK_LANES];
    tk_store(lanes, sum[v]);
    for (size_t i = 0; i < part; i++) sums[v * TK_LANES + i] += lanes[i];
  }
}

void TK_FUNCTION(tk_column_sums)(
    size_t rows, size_t channels, const float *input, size_t stride, double *restrict sums) {
  for (size_t c = 0; c < channels; c++) sums[c] = 0;
  for (size_t r = 0; r < rows; r += TK_SUM_BLOCK) {
    const size_t count = rows - r < TK_SUM_BLOCK ? rows - r : TK_SUM_BLOCK;
    const float *block = input + r * stride;
    size_t c = 0;
    for (; c + 4 * TK_LANES <= channels; c += 4 * TK_LANES)
      TK_FUNCTION(block_sums)(4, TK_LANES, count, block + c, stride, sums + c);
    for (; c + TK_LANES <= channels; c += TK_LANES)
      TK_FUNCTION(block_sums)(1, TK_LANES, count, block + c, stride, sums + c);
    if (c < channels) TK_FUNCTION(block_sums)(1, channels - c, count, block + c, stride, sums + c);
  }
}
