// The ways back through LayerNorm and GroupNorm with vectors over channels.
#include "../runtime/vector.h"
#include "../runtime/vector_lanes.h"
#include "../runtime/partial.h"
#include "../runtime/vector_exp.h"
#include "../runtime/activate.h"
#include "../runtime/activation_slope.h"

/// A vector, or with `part` the first `count` lanes of one and zeros.
TK_INLINE TK_VECTOR TK_FUNCTION(read)(const float *p, const bool part, size_t count) {
  return part ? tk_load_part(p, count) : tk_load(p);
}
TK_INLINE void TK_FUNCTION(write)(float *p, TK_VECTOR v, const bool part, size_t count) {
  if (part)
    tk_store_part(p, v, count);
  else
    tk_store(p, v);
}
#undef TK_READ
#undef TK_WRITE
#define TK_READ TK_FUNCTION(read)
#define TK_WRITE TK_FUNCTION(write)

/// Runs `step(c, part)` for each vector of channels.
#undef TK_FOR_VECTORS
#define TK_FOR_VECTORS(step)                               \
  for (size_t c = 0; c < whole; c += TK_LANES) step(c, false); \
  if (tail) step(whole, true);

void TK_FUNCTION(tk_layer_norm_gradient_rows)(
    size_t rows, size_t channels, const float *input, const float *addend, const float *weight, float epsilon,
    const float *gradient, float *output, float *weight_gradient, float *bias_gradient, float *restrict scratch) {
  memset(weight_gradient, 0, channels * sizeof(float));
  memset(bias_gradient, 0, channels * sizeof(float));
  const float count = (float)channels;
  const size_t tail = channels % TK_LANES, whole = channels - tail;
  const TK_INTEGERS inside = TK_FUNCTION(lanes)() < (int32_t)tail;
  for (size_t r = 0; r < rows; r++) {
    const float *x = input + r * channels, *g = gradient + r * channels;
    float *out = output + r * channels;
    TK_VECTOR sum = {0};
    if (addend) {
      const float *y = addend + r * channels;
#define TK_STEP(c, part)                                                       \
  do {                                                                         \
    const TK_VECTOR v = TK_READ(x + c, part, tail) + TK_READ(y + c, part, tail); \
    TK_WRITE(scratch + c, v, part, tail);                                      \
    sum += v;                                                                  \
  } while (0)
      TK_FOR_VECTORS(TK_STEP)
#undef TK_STEP
      x = scratch;
    } else {
#define TK_STEP(c, part) sum += TK_READ(x + c, part, tail)
      TK_FOR_VECTORS(TK_STEP)
#undef TK_STEP
    }
    // The distances from the rounded mean do not add up to zero exactly; what they add up to corrects the mean.
    const float mean = tk_sum(sum) / count;
    TK_VECTOR rest = {0}, squares = {0}, gradients = {0}, products = {0};
#define TK_STEP(c, part)                                                                 \
  do {                                                                                   \
    TK_VECTOR d = TK_READ(x + c, part, tail) - mean;                                     \
    if (part) d = tk_select(inside, d, (TK_VECTOR){0});                                  \
    const TK_VECTOR weighted = TK_READ(g + c, part, tail) * TK_READ(weight + c, part, tail); \
    rest += d;                                                                           \
    squares = tk_fma(d, d, squares);                                                     \
    gradients += weighted;                                                               \
    products = tk_fma(weighted, d, products);                                            \
  } while (0)
    TK_FOR_VECTORS(TK_STEP)
#undef TK_STEP
    const float correction = tk_sum(rest) / count;
    const float variance = tk_sum(squares) / count - correction * correction;
    const float scale = 1 / __builtin_sqrtf(variance + epsilon);
    const float mean_gradient = tk_sum(gradients) / count;
    const float mean_product = (tk_sum(products) / count - mean_gradient * correction) * scale;
#define TK_STEP(c, part)                                                                               \
  do {                                                                                                 \
    const TK_VECTOR normed = ((TK_READ(x + c, part, tail) - mean) - correction) * scale;               \
    const TK_VECTOR y = TK_READ(g + c, part, tail);                                                    \
    const TK_VECTOR weighted = y * TK_READ(weight + c, part, tail);                                    \
    TK_WRITE(                                                                                          \
        out + c, tk_fma(normed, tk_splat(-mean_product), weighted - mean_gradient) * scale, part, tail); \
    TK_WRITE(                                                                                          \
        weight_gradient + c, tk_fma(y, normed, TK_READ(weight_gradient + c, part, tail)), part, tail); \
    TK_WRITE(bias_gradient + c, TK_READ(bias_gradient + c, part, tail) + y, part, tail);               \
  } while (0)
    TK_FOR_VECTORS(TK_STEP)
#undef TK_STEP
  }
}

// ------------------------------------------------------------------------------------------------------------ GroupNorm

/// The gradient before the activation, of one vector; `distance` is that of the input from its centre.
TK_INLINE TK_VECTOR TK_FUNCTION(gradient_at)(
    const tk_group_norm_channels *n, const tk_activation activation, size_t c, const bool part, size_t count,
    TK_VECTOR distance, const float *gradient) {
  const TK_VECTOR g = TK_READ(gradient, part, count);
  if (activation == TK_ACTIVATION_NONE) return g;
  const TK_VECTOR result =
      tk_fma(distance, TK_READ(n->scale + c, part, count), TK_READ(n->shift + c, part, count));
  return g * tk_activation_slope(result, activation);
}

TK_INLINE void TK_FUNCTION(block_sums)(
    size_t rows, const tk_group_norm_channels *n, const tk_activation activation, size_t c, const bool part,
    size_t count, const float *input, const float *gradient, double *restrict sums, double *restrict products) {
  TK_VECTOR sum = {0}, product = {0};
  const TK_VECTOR centre = TK_READ(n->centre + c, part, count);
  for (size_t r = 0; r < rows; r++, input += n->channels, gradient += n->channels) {
    const TK_VECTOR distance = TK_READ(input + c, part, count) - centre;
    const TK_VECTOR g = TK_FUNCTION(gradient_at)(n, activation, c, part, count, distance, gradient + c);
    sum += g;
    product = tk_fma(g, distance, product);
  }
  float sum_lanes[TK_LANES], product_lanes[TK_LANES];
  tk_store(sum_lanes, sum);
  tk_store(product_lanes, product);
  for (size_t i = 0; i < (part ? count : TK_LANES); i++) {
    sums[c + i] += sum_lanes[i];
    products[c + i] += product_lanes[i];
  }
}

TK_INLINE void TK_FUNCTION(group_sums)(
    size_t positions, const tk_group_norm_channels *n, const tk_activation activation, const float *input,
    const float *gradient, double *restrict sums, double *restrict products) {
  const size_t channels = n->channels, tail = channels % TK_LANES, whole = channels - tail;
  for (size_t c = 0; c < channels; c++) sums[c] = products[c] = 0;
  for (size_t p = 0; p < positions; p += TK_NORM_BLOCK) {
    const size_t rows = positions - p < TK_NORM_BLOCK ? positions - p : TK_NORM_BLOCK;
    const float *x = input + p * channels, *g = gradient + p * channels;
#define TK_STEP(c, part) TK_FUNCTION(block_sums)(rows, n, activation, c, part, tail, x, g, sums, products)
    TK_FOR_VECTORS(TK_STEP)
#undef TK_STEP
  }
}

void TK_FUNCTION(tk_group_norm_sums)(
    size_t positions, const tk_group_norm_channels *n, const float *input, const float *gradient,
    double *restrict sums, double *restrict products) {
#define TK_CASE(activation) \
  case activation: TK_FUNCTION(group_sums)(positions, n, activation, input, gradient, sums, products); break;
  switch (n->activation) {
    TK_CASE(TK_ACTIVATION_NONE)
    TK_CASE(TK_ACTIVATION_RELU)
    TK_CASE(TK_ACTIVATION_RELU6)
    TK_CASE(TK_ACTIVATION_GELU)
  }
#undef TK_CASE
}

TK_INLINE void TK_FUNCTION(group_input)(
    size_t positions, const tk_group_norm_channels *n, const tk_activation activation, const float *input,
    const float *gradient, const float *slope, const float *offset, float *output) {
  const size_t channels = n->channels, tail = channels % TK_LANES, whole = channels - tail;
  for (size_t p = 0; p < positions; p++, input += channels, gradient += channels, output += channels) {
#define TK_STEP(c, part)                                                                                             \
  do {                                                                                                               \
    const TK_VECTOR distance = TK_READ(input + c, part, tail) - TK_READ(n->centre + c, part, tail);                  \
    const TK_VECTOR g = TK_FUNCTION(gradient_at)(n, activation, c, part, tail, distance, gradient + c);              \
    const TK_VECTOR rest = tk_fma(distance, TK_READ(slope + c, part, tail), TK_READ(offset + c, part, tail));        \
    TK_WRITE(output + c, tk_fma(g, TK_READ(n->scale + c, part, tail), rest), part, tail);                            \
  } while (0)
    TK_FOR_VECTORS(TK_STEP)
#undef TK_STEP
  }
}

void TK_FUNCTION(tk_group_norm_input)(
    size_t positions, const tk_group_norm_channels *n, const float *input, const float *gradient, const float *slope,
    const float *offset, float *output) {
#define TK_CASE(activation) \
  case activation: TK_FUNCTION(group_input)(positions, n, activation, input, gradient, slope, offset, output); break;
  switch (n->activation) {
    TK_CASE(TK_ACTIVATION_NONE)
    TK_CASE(TK_ACTIVATION_RELU)
    TK_CASE(TK_ACTIVATION_RELU6)
    TK_CASE(TK_ACTIVATION_GELU)
  }
#undef TK_CASE
}
