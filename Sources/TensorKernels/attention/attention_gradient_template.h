// The gradient of attention as five small products; their tiles are four rows by two vectors.
#include "../runtime/vector.h"
#include "../runtime/vector_lanes.h"
#include "../runtime/partial.h"
#include "../runtime/vector_exp.h"

/// A product `c[i, :] = sum over p of a[i * a_row + p * a_step] * b[p, :]`, or added to `c`.
typedef struct {
  size_t k;
  const float *a;
  size_t a_row, a_step;
  const float *b;
  size_t b_stride;
  bool accumulate;
  float *c;
  size_t c_stride;
} TK_FUNCTION(small_product_call);

/// `rows` (1 ... 4) and `vectors` (1 or 2) are constants of the caller; the last vector has `part` lanes.
TK_INLINE void TK_FUNCTION(small_tile)(
    const TK_FUNCTION(small_product_call) * call, size_t rows, size_t vectors, size_t part, size_t row,
    size_t column) {
  const float *a = call->a + row * call->a_row, *b = call->b + column;
  float *c = call->c + row * call->c_stride + column;
  TK_VECTOR sum[4][2];
  for (size_t i = 0; i < rows; i++)
    for (size_t v = 0; v < vectors; v++)
      sum[i][v] = call->accumulate
                      ? tk_load_part(c + i * call->c_stride + v * TK_LANES, v + 1 < vectors ? TK_LANES : part)
                      : (TK_VECTOR){0};
  for (size_t p = 0; p < call->k; p++) {
    TK_VECTOR right[2];
    for (size_t v = 0; v < vectors; v++)
      right[v] = tk_load_part(b + p * call->b_stride + v * TK_LANES, v + 1 < vectors ? TK_LANES : part);
    for (size_t i = 0; i < rows; i++) {
      const TK_VECTOR left = tk_splat(a[i * call->a_row + p * call->a_step]);
      for (size_t v = 0; v < vectors; v++) sum[i][v] = tk_fma(left, right[v], sum[i][v]);
    }
  }
  for (size_t i = 0; i < rows; i++)
    for (size_t v = 0; v < vectors; v++)
      tk_store_part(
          c + i * call->c_stride + v * TK_LANES, sum[i][v], v + 1 < vectors ? TK_LANES : part);
}

TK_INLINE void TK_FUNCTION(small_rows)(
    const TK_FUNCTION(small_product_call) * call, size_t rows, size_t row, size_t n) {
  size_t column = 0;
  for (; column + 2 * TK_LANES <= n; column += 2 * TK_LANES)
    TK_FUNCTION(small_tile)(call, rows, 2, TK_LANES, row, column);
  for (; column + TK_LANES <= n; column += TK_LANES) TK_FUNCTION(small_tile)(call, rows, 1, TK_LANES, row, column);
  if (column < n) TK_FUNCTION(small_tile)(call, rows, 1, n - column, row, column);
}

static void TK_FUNCTION(small_product)(size_t m, size_t n, TK_FUNCTION(small_product_call) call) {
  size_t row = 0;
  for (; row + 4 <= m; row += 4) TK_FUNCTION(small_rows)(&call, 4, row, n);
  for (; row < m; row++) TK_FUNCTION(small_rows)(&call, 1, row, n);
}

/// Scores of query `query` to weights, and the products of its gradient and the values to the gradient by the scores.
TK_INLINE void TK_FUNCTION(slopes_of)(
    const tk_attention_gradient_work *w, size_t query, float *weights, float *slopes) {
  if (w->regions)
    for (size_t j = 0; j < w->tokens; j++)
      if (w->regions[j] != w->regions[query]) weights[j] -= 100;
  for (size_t j = w->tokens; j < w->padded; j++) weights[j] = -__builtin_inff();
  TK_VECTOR most = tk_load(weights);
  for (size_t j = TK_LANES; j < w->padded; j += TK_LANES) {
    const TK_VECTOR s = tk_load(weights + j);
    most = tk_select(s > most, s, most);
  }
  const float top = tk_greatest(most);
  TK_VECTOR total = {0}, mean = {0};
  for (size_t j = 0; j < w->padded; j += TK_LANES) {
    const TK_VECTOR e = tk_exp(tk_load(weights + j) - top);
    tk_store(weights + j, e);
    total += e;
    mean = tk_fma(e, tk_load(slopes + j), mean);
  }
  const float factor = 1 / tk_sum(total), centre = tk_sum(mean) * factor;
  for (size_t j = 0; j < w->padded; j += TK_LANES) {
    const TK_VECTOR weight = tk_load(weights + j) * factor, slope = weight * (tk_load(slopes + j) - centre);
    tk_store(weights + j, weight);
    tk_store(slopes + j, slope);
    if (w->bias_gradient) {
      float *sum = w->bias_gradient + query * w->padded + j;
      tk_store(sum, tk_load(sum) + slope);
    }
  }
}

void TK_FUNCTION(tk_attention_gradient_head)(const tk_attention_gradient_work *w) {
  typedef TK_FUNCTION(small_product_call) call;
  const size_t size = w->head_size, padded = w->padded;
  for (size_t first = 0; first < w->tokens; first += TK_GRADIENT_QUERIES) {
    const size_t count = w->tokens - first < TK_GRADIENT_QUERIES ? w->tokens - first : TK_GRADIENT_QUERIES;
    const float *queries = w->queries + first * size, *gradient = w->gradient + first * size;
    if (w->bias) memcpy(w->weights, w->bias + first * padded, count * padded * sizeof(float));
    TK_FUNCTION(small_product)(
        count, padded, (call){size, queries, size, 1, w->keys_across, padded, w->bias != NULL, w->weights, padded});
    TK_FUNCTION(small_product)(
        count, padded, (call){size, gradient, size, 1, w->values_across, padded, false, w->slopes, padded});
    for (size_t i = 0; i < count; i++)
      TK_FUNCTION(slopes_of)(w, first + i, w->weights + i * padded, w->slopes + i * padded);
    TK_FUNCTION(small_product)(
        count, size,
        (call){w->tokens, w->slopes, padded, 1, w->keys, size, false, w->query_gradient + first * size, size});
    TK_FUNCTION(small_product)(
        w->tokens, size, (call){count, w->slopes, 1, padded, queries, size, first > 0, w->key_gradient, size});
    TK_FUNCTION(small_product)(
        w->tokens, size, (call){count, w->weights, 1, padded, gradient, size, first > 0, w->value_gradient, size});
  }
}
