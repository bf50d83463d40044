// Inner loop of the gradient of attention, plain and in windows; one thread.
#ifndef TK_ATTENTION_GRADIENT_H
#define TK_ATTENTION_GRADIENT_H

#include "../runtime/isa.h"

/// Queries whose weights are held at a time.
#define TK_GRADIENT_QUERIES 64

/// Numbers of a row of keys: a multiple of the longest vector.
#define TK_GRADIENT_KEYS 16

/// One head of one group, gathered. The weights are computed anew: P = softmax(q k^T + bias + mask); then with the
/// gradient G by the output, dV = P^T G, S = P (G v^T - rowwise sum of P (G v^T)), dQ = S k, dK = S^T q, dBias = S.
typedef struct {
  size_t tokens, padded, head_size;
  const float *queries;        // [tokens, head_size], scaled
  const float *keys;           // [tokens, head_size]
  const float *keys_across;    // [head_size, padded], zeros behind the last token
  const float *values_across;  // [head_size, padded], zeros behind the last token
  const float *gradient;       // [tokens, head_size], by the output
  const float *bias;           // [tokens, padded]; NULL: none
  const int32_t *regions;      // [tokens], -100 between tokens of different ones; NULL: all are one region
  float *weights;              // scratch, [TK_GRADIENT_QUERIES, padded]
  float *slopes;               // scratch, [TK_GRADIENT_QUERIES, padded]
  float *query_gradient;       // [tokens, head_size], by the scaled queries
  float *key_gradient;         // [tokens, head_size]
  float *value_gradient;       // [tokens, head_size]
  float *bias_gradient;        // [tokens, padded], added to; NULL: not wanted
} tk_attention_gradient_work;

typedef void tk_attention_gradient_head(const tk_attention_gradient_work *work);
TK_DECLARE_ISAS(tk_attention_gradient_head, tk_attention_gradient_head);

/// The rows of a head of one group, and the scratch of its gradient, in one block of memory.
typedef struct {
  float *queries, *keys, *keys_across, *values_across, *gradient;
  float *query_gradient, *key_gradient, *value_gradient;
  float *weights, *slopes;
} tk_attention_gradient_scratch;

/// Numbers of such a block.
static inline size_t tk_attention_gradient_size(size_t padded, size_t head_size) {
  return padded * (8 * head_size + 2 * TK_GRADIENT_QUERIES);
}

static inline tk_attention_gradient_scratch tk_split_attention_gradient(
    float *memory, size_t padded, size_t head_size) {
  const size_t block = padded * head_size;
  float *weights = memory + 8 * block;
  return (tk_attention_gradient_scratch){
      memory, memory + block, memory + 2 * block, memory + 3 * block, memory + 4 * block, memory + 5 * block,
      memory + 6 * block, memory + 7 * block, weights, weights + TK_GRADIENT_QUERIES * padded};
}

/// Copies row `token` of a head into the scratch; the query is scaled; without a gradient (NULL) it is zero.
static inline void tk_gather_attention_gradient(
    const tk_attention_gradient_scratch *s, size_t token, size_t padded, size_t head_size, const float *q,
    const float *k, const float *v, float scale, const float *gradient) {
  for (size_t c = 0; c < head_size; c++) {
    s->queries[token * head_size + c] = q[c] * scale;
    s->keys[token * head_size + c] = k[c];
    s->keys_across[c * padded + token] = k[c];
    s->values_across[c * padded + token] = v[c];
    s->gradient[token * head_size + c] = gradient ? gradient[c] : 0;
  }
}

/// Zeros behind the last token.
static inline void tk_pad_attention_gradient(
    const tk_attention_gradient_scratch *s, size_t tokens, size_t padded, size_t head_size) {
  for (size_t c = 0; c < head_size; c++)
    for (size_t t = tokens; t < padded; t++) s->keys_across[c * padded + t] = s->values_across[c * padded + t] = 0;
}

#endif
