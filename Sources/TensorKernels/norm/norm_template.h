// LayerNorm and GroupNorm with vectors over channels.
#include "../runtime/vector.h"
#include "../runtime/vector_lanes.h"
#include "../runtime/partial.h"
#include "../runtime/activate.h"

void TK_FUNCTION(tk_layer_norm_rows)(
    size_t rows, size_t channels, const float *input, const float *addend, const float *weight, const float *bias,
    float epsilon, float *output) {
  const float count = (float)channels;
  const size_t tail = channels % TK_LANES, whole = channels - tail;
  for (size_t r = 0; r < rows; r++) {
    const float *x = input + r * channels;
    float *out = output + r * channels;
    TK_VECTOR sum = {0};
    if (addend) {
      const float *y = addend + r * channels;
      for (size_t c = 0; c < whole; c += TK_LANES) {
        const TK_VECTOR v = tk_load(x + c) + tk_load(y + c);
        tk_store(out + c, v);
        sum += v;
      }
      if (tail) {
        const TK_VECTOR v = tk_load_part(x + whole, tail) + tk_load_part(y + whole, tail);
        tk_store_part(out + whole, v, tail);
        sum += v;
      }
      x = out;
    } else {
      for (size_t c = 0; c < whole; c += TK_LANES) sum += tk_load(x + c);
      if (tail) sum += tk_load_part(x + whole, tail);
    }
    // The distances from the rounded mean do not add up to zero exactly; what they add up to corrects the mean.
    const float mean = tk_sum(sum) / count;
    TK_VECTOR rest = {0}, squares = {0};
    for (size_t c = 0; c < whole; c += TK_LANES) {
      const TK_VECTOR d = tk_load(x + c) - mean;
      rest += d;
      squares = tk_fma(d, d, squares);
    }
    if (tail) {
      // The lanes beyond the row add nothing.
      const TK_INTEGERS inside = TK_FUNCTION(lanes)() < (int32_t)tail;
      const TK_VECTOR d = tk_select(inside, tk_load_part(x + whole, tail) - mean, (TK_VECTOR){0});
      rest += d;
      squares = tk_fma(d, d, squares);
    }
    const float correction = tk_sum(rest) / count;
    const float variance = tk_sum(squares) / count - correction * correction;
    const TK_VECTOR scale = tk_splat(1 / __builtin_sqrtf(variance + epsilon));
    for (size_t c = 0; c < whole; c += TK_LANES) {
      const TK_VECTOR d = (tk_load(x + c) - mean) - correction;
      tk_store(out + c, tk_fma(d * scale, tk_load(weight + c), tk_load(bias + c)));
    }
    if (tail) {
      const TK_VECTOR d = (tk_load_part(x + whole, tail) - mean) - correction;
      const TK_VECTOR w = tk_load_part(weight + whole, tail), b = tk_load_part(bias + whole, tail);
      tk_store_part(out + whole, tk_fma(d * scale, w, b), tail);
    }
  }
}

/// Moments of `vectors` neighbouring vectors of channels (the last one of `part` lanes) over at most TK_NORM_BLOCK rows.
TK_INLINE void TK_FUNCTION(block_moments)(
    size_t vectors, size_t part, size_t rows, size_t channels, const float *input, double before, double *mean,
    double *squares) {
  TK_VECTOR sum[4] = {0}, centre[4], rest[4] = {0}, square[4] = {0};
  for (size_t p = 0; p < rows; p++)
    for (size_t v = 0; v < vectors; v++)
      sum[v] += tk_load_part(input + p * channels + v * TK_LANES, v + 1 < vectors ? TK_LANES : part);
  for (size_t v = 0; v < vectors; v++) centre[v] = sum[v] / (float)rows;
  for (size_t p = 0; p < rows; p++)
    for (size_t v = 0; v < vectors; v++) {
      const TK_VECTOR d =
          tk_load_part(input + p * channels + v * TK_LANES, v + 1 < vectors ? TK_LANES : part) - centre[v];
      rest[v] += d;
      square[v] = tk_fma(d, d, square[v]);
    }
  for (size_t v = 0; v < vectors; v++) {
    float means[TK_LANES], rests[TK_LANES], sums[TK_LANES];
    tk_store(means, centre[v]);
    tk_store(rests, rest[v]);
    tk_store(sums, square[v]);
    const size_t lanes = v + 1 < vectors ? TK_LANES : part;
    for (size_t i = 0; i < lanes; i++) {
      const size_t c = v * TK_LANES + i;
      const double correction = (double)rests[i] / (double)rows;
      tk_merge_moments(
          before, (double)rows, means[i] + correction, sums[i] - correction * rests[i], mean + c, squares + c);
    }
  }
}

void TK_FUNCTION(tk_channel_moments)(
    size_t positions, size_t channels, const float *input, double *restrict mean, double *restrict squares) {
  for (size_t c = 0; c < channels; c++) mean[c] = squares[c] = 0;
  for (size_t p = 0; p < positions; p += TK_NORM_BLOCK) {
    const size_t rows = positions - p < TK_NORM_BLOCK ? positions - p : TK_NORM_BLOCK;
    const float *block = input + p * channels;
    size_t c = 0;
    for (; c + 4 * TK_LANES <= channels; c += 4 * TK_LANES)
      TK_FUNCTION(block_moments)(4, TK_LANES, rows, channels, block + c, (double)p, mean + c, squares + c);
    for (; c + TK_LANES <= channels; c += TK_LANES)
      TK_FUNCTION(block_moments)(1, TK_LANES, rows, channels, block + c, (double)p, mean + c, squares + c);
    if (c < channels)
      TK_FUNCTION(block_moments)(1, channels - c, rows, channels, block + c, (double)p, mean + c, squares + c);
  }
}

TK_INLINE void TK_FUNCTION(affine)(
    size_t positions, size_t channels, const float *input, const float *mean, const float *scale, const float *bias,
    tk_activation activation, float *output) {
  const size_t tail = channels % TK_LANES, whole = channels - tail;
  for (size_t p = 0; p < positions; p++) {
    const float *x = input + p * channels;
    float *out = output + p * channels;
    for (size_t c = 0; c < whole; c += TK_LANES) {
      const TK_VECTOR y = tk_fma(tk_load(x + c) - tk_load(mean + c), tk_load(scale + c), tk_load(bias + c));
      tk_store(out + c, tk_activate(y, activation));
    }
    if (tail) {
      const TK_VECTOR d = tk_load_part(x + whole, tail) - tk_load_part(mean + whole, tail);
      const TK_VECTOR y = tk_fma(d, tk_load_part(scale + whole, tail), tk_load_part(bias + whole, tail));
      tk_store_part(out + whole, tk_activate(y, activation), tail);
    }
  }
}

void TK_FUNCTION(tk_channel_affine)(
    size_t positions, size_t channels, const float *input, const float *mean, const float *scale, const float *bias,
    tk_activation activation, float *output) {
  switch (activation) {
    case TK_ACTIVATION_RELU:
      TK_FUNCTION(affine)(positions, channels, input, mean, scale, bias, TK_ACTIVATION_RELU, output);
      break;
    case TK_ACTIVATION_RELU6:
      TK_FUNCTION(affine)(positions, channels, input, mean, scale, bias, TK_ACTIVATION_RELU6, output);
      break;
    case TK_ACTIVATION_NONE:
      TK_FUNCTION(affine)(positions, channels, input, mean, scale, bias, TK_ACTIVATION_NONE, output);
      break;
    case TK_ACTIVATION_GELU:
      TK_FUNCTION(affine)(positions, channels, input, mean, scale, bias, TK_ACTIVATION_GELU, output);
      break;
  }
}
