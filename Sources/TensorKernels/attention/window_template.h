// Window attention with vectors over keys for the scores and over channels for the sums; up to four queries at a time.
#include "../runtime/vector.h"
#include "../runtime/vector_lanes.h"
#include "../runtime/partial.h"
#include "../runtime/vector_exp.h"

/// Scores of `rows` (1 ... 4) queries from `first` on against all keys.
TK_INLINE void TK_FUNCTION(window_scores)(const tk_window_work *w, size_t first, int rows) {
  const float *query[4];
  for (int i = 0; i < rows; i++) query[i] = w->queries + (first + (size_t)i) * w->head_size;
  for (size_t j = 0; j < w->padded; j += TK_LANES) {
    TK_VECTOR sum[4];
    for (int i = 0; i < rows; i++) sum[i] = tk_load(w->bias + (first + (size_t)i) * w->padded + j);
    for (size_t c = 0; c < w->head_size; c++) {
      const TK_VECTOR key = tk_load(w->keys + c * w->padded + j);
      for (int i = 0; i < rows; i++) sum[i] = tk_fma(tk_splat(query[i][c]), key, sum[i]);
    }
    for (int i = 0; i < rows; i++) tk_store(w->scores + (size_t)i * w->padded + j, sum[i]);
  }
}

/// Scores of one query to exponentials; the inverse of their sum.
TK_INLINE float TK_FUNCTION(window_exponentials)(const tk_window_work *w, size_t query, float *scores) {
  if (w->regions)
    for (size_t j = 0; j < w->tokens; j++)
      if (w->regions[j] != w->regions[query]) scores[j] -= 100;
  for (size_t j = w->tokens; j < w->padded; j++) scores[j] = -__builtin_inff();
  TK_VECTOR most = tk_load(scores);
  for (size_t j = TK_LANES; j < w->padded; j += TK_LANES) {
    const TK_VECTOR s = tk_load(scores + j);
    most = tk_select(s > most, s, most);
  }
  const float top = tk_greatest(most);
  TK_VECTOR total = {0};
  for (size_t j = 0; j < w->padded; j += TK_LANES) {
    const TK_VECTOR e = tk_exp(tk_load(scores + j) - top);
    tk_store(scores + j, e);
    total += e;
  }
  return 1 / tk_sum(total);
}

/// Weighted sums of the values' channels of one vector, for `rows` queries.
TK_INLINE void TK_FUNCTION(window_sums)(
    const tk_window_work *w, size_t first, int rows, size_t channel, size_t lanes, const float *factors) {
  TK_VECTOR sum[4] = {0};
  for (size_t j = 0; j < w->tokens; j++) {
    const TK_VECTOR value = tk_load_part(w->values + j * w->head_size + channel, lanes);
    for (int i = 0; i < rows; i++) sum[i] = tk_fma(tk_splat(w->scores[(size_t)i * w->padded + j]), value, sum[i]);
  }
  for (int i = 0; i < rows; i++)
    tk_store_part(w->output + (first + (size_t)i) * w->head_size + channel, sum[i] * factors[i], lanes);
}

TK_INLINE void TK_FUNCTION(window_queries)(const tk_window_work *w, size_t first, int rows) {
  float factors[4];
  TK_FUNCTION(window_scores)(w, first, rows);
  for (int i = 0; i < rows; i++)
    factors[i] = TK_FUNCTION(window_exponentials)(w, first + (size_t)i, w->scores + (size_t)i * w->padded);
  const size_t tail = w->head_size % TK_LANES, whole = w->head_size - tail;
  for (size_t c = 0; c < whole; c += TK_LANES) TK_FUNCTION(window_sums)(w, first, rows, c, TK_LANES, factors);
  if (tail) TK_FUNCTION(window_sums)(w, first, rows, whole, tail, factors);
}

void TK_FUNCTION(tk_window_head)(const tk_window_work *w) {
  size_t i = 0;
  for (; i + 4 <= w->tokens; i += 4) TK_FUNCTION(window_queries)(w, i, 4);
  for (; i < w->tokens; i++) TK_FUNCTION(window_queries)(w, i, 1);
}
