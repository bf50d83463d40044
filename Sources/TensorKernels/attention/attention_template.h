// Attention with vectors over the channels of a head.
#include "../runtime/vector.h"
#include "../runtime/vector_lanes.h"
#include "../runtime/partial.h"
#include "../runtime/vector_exp.h"

/// Scores of a query against four rows of keys.
TK_INLINE void TK_FUNCTION(four_scores)(
    size_t head_size, const float *q, const float *const *keys, float scale, float *scores) {
  TK_VECTOR sum[4] = {0};
  const size_t tail = head_size % TK_LANES, whole = head_size - tail;
  for (size_t c = 0; c < whole; c += TK_LANES) {
    const TK_VECTOR x = tk_load(q + c);
    for (int j = 0; j < 4; j++) sum[j] = tk_fma(x, tk_load(keys[j] + c), sum[j]);
  }
  if (tail) {
    const TK_VECTOR x = tk_load_part(q + whole, tail);
    for (int j = 0; j < 4; j++) sum[j] = tk_fma(x, tk_load_part(keys[j] + whole, tail), sum[j]);
  }
  const TK_LANES_4 all = TK_FUNCTION(sum_of_each)(sum[0], sum[1], sum[2], sum[3]) * scale;
  memcpy(scores, &all, sizeof all);
}

/// `output = output * factor + sum of weights[j] * v[j]` for the channels of one vector.
TK_INLINE void TK_FUNCTION(weighted_sum)(
    size_t lanes, size_t keys, const float *weights, const float *v, size_t v_stride, float factor, float *output) {
  TK_VECTOR sum = tk_load_part(output, lanes) * factor;
  for (size_t j = 0; j < keys; j++) sum = tk_fma(tk_splat(weights[j]), tk_load_part(v + j * v_stride, lanes), sum);
  tk_store_part(output, sum, lanes);
}

void TK_FUNCTION(tk_attention_head)(
    size_t queries, size_t keys, size_t head_size, const float *q, size_t q_stride, const float *k, size_t k_stride,
    const float *v, size_t v_stride, float scale, float *output, size_t output_stride) {
  const size_t tail = head_size % TK_LANES, whole = head_size - tail;
  for (size_t i = 0; i < queries; i++) {
    const float *query = q + i * q_stride;
    float *out = output + i * output_stride;
    for (size_t c = 0; c < head_size; c++) out[c] = 0;
    float greatest = -__builtin_inff(), sum = 0;
    for (size_t first = 0; first < keys; first += TK_ATTENTION_KEYS) {
      const size_t count = keys - first < TK_ATTENTION_KEYS ? keys - first : TK_ATTENTION_KEYS;
      const size_t padded = (count + TK_LANES - 1) / TK_LANES * TK_LANES;
      float scores[TK_ATTENTION_KEYS];
      for (size_t j = 0; j < count; j += 4) {
        // Behind the last key it is read again.
        const float *rows[4];
        for (size_t i = 0; i < 4; i++) rows[i] = k + (first + (j + i < count ? j + i : count - 1)) * k_stride;
        TK_FUNCTION(four_scores)(head_size, query, rows, scale, scores + j);
      }
      for (size_t j = count; j < padded; j++) scores[j] = -__builtin_inff();
      TK_VECTOR most = tk_splat(greatest);
      for (size_t j = 0; j < padded; j += TK_LANES) {
        const TK_VECTOR s = tk_load(scores + j);
        most = tk_select(s > most, s, most);
      }
      const float top = tk_greatest(most);
      const float factor = first == 0 ? 0 : tk_exp(tk_splat(greatest - top))[0];
      greatest = top;
      TK_VECTOR total = {0};
      for (size_t j = 0; j < padded; j += TK_LANES) {
        const TK_VECTOR e = tk_exp(tk_load(scores + j) - top);
        tk_store(scores + j, e);
        total += e;
      }
      sum = sum * factor + tk_sum(total);
      const float *rows = v + first * v_stride;
      for (size_t c = 0; c < whole; c += TK_LANES)
        TK_FUNCTION(weighted_sum)(TK_LANES, count, scores, rows + c, v_stride, factor, out + c);
      if (tail) TK_FUNCTION(weighted_sum)(tail, count, scores, rows + whole, v_stride, factor, out + whole);
    }
    for (size_t c = 0; c < head_size; c++) out[c] /= sum;
  }
}
