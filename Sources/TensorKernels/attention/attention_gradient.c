#include <math.h>
#include <stdatomic.h>

#include "attention_gradient.h"

static tk_attention_gradient_head *const head_table[] = TK_TABLE(tk_attention_gradient_head);

typedef struct {
  size_t tokens, padded, heads, head_size;
  const float *q, *k, *v;
  size_t q_stride, k_stride, v_stride;
  float scale;
  const float *gradient;
  size_t gradient_stride;
  float *q_gradient, *k_gradient, *v_gradient;
  const float *bias;  // [tokens, padded], added to the scores; NULL: none
  atomic_bool failed;
} gradient_work;

/// Rows of `tokens` tokens, `factor` times, to where the head's columns stand.
static void scatter(
    const gradient_work *w, const float *rows, float factor, float *output, size_t stride) {
  for (size_t t = 0; t < w->tokens; t++)
    for (size_t c = 0; c < w->head_size; c++) output[t * stride + c] = rows[t * w->head_size + c] * factor;
}

static void gradient_task(void *context, size_t index) {
  gradient_work *w = context;
  const size_t first = index / w->heads * w->tokens, channel = index % w->heads * w->head_size;
  float *memory = tk_memory_acquire(tk_attention_gradient_size(w->padded, w->head_size) * sizeof(float));
  if (!memory) {
    atomic_store(&w->failed, true);
    return;
  }
  const tk_attention_gradient_scratch s = tk_split_attention_gradient(memory, w->padded, w->head_size);
  for (size_t t = 0; t < w->tokens; t++) {
    const size_t row = first + t;
    tk_gather_attention_gradient(
        &s, t, w->padded, w->head_size, w->q + row * w->q_stride + channel, w->k + row * w->k_stride + channel,
        w->v + row * w->v_stride + channel, w->scale, w->gradient + row * w->gradient_stride + channel);
  }
  tk_pad_attention_gradient(&s, w->tokens, w->padded, w->head_size);
  const tk_attention_gradient_work work = {
      .tokens = w->tokens, .padded = w->padded, .head_size = w->head_size, .queries = s.queries, .keys = s.keys,
      .keys_across = s.keys_across, .values_across = s.values_across, .gradient = s.gradient, .bias = w->bias, .weights = s.weights,
      .slopes = s.slopes, .query_gradient = s.query_gradient, .key_gradient = s.key_gradient,
      .value_gradient = s.value_gradient};
  TK_CHOOSE(head_table)(&work);
  scatter(w, s.query_gradient, w->scale, w->q_gradient + first * w->q_stride + channel, w->q_stride);
  scatter(w, s.key_gradient, 1, w->k_gradient + first * w->k_stride + channel, w->k_stride);
  scatter(w, s.value_gradient, 1, w->v_gradient + first * w->v_stride + channel, w->v_stride);
  tk_memory_release(memory);
}

static size_t padded_keys(size_t tokens) {
  return (tokens + TK_GRADIENT_KEYS - 1) / TK_GRADIENT_KEYS * TK_GRADIENT_KEYS;
}

bool tk_attention_gradient_f32(
    size_t batch, size_t tokens, size_t heads, size_t head_size, const float *q, size_t q_stride, const float *k,
    size_t k_stride, const float *v, size_t v_stride, float scale, const float *gradient, size_t gradient_stride,
    float *q_gradient, float *k_gradient, float *v_gradient) {
  if (tokens == 0 || head_size == 0) return true;
  gradient_work work = {
      .tokens = tokens, .padded = padded_keys(tokens), .heads = heads, .head_size = head_size, .q = q, .k = k, .v = v,
      .q_stride = q_stride, .k_stride = k_stride, .v_stride = v_stride, .scale = scale, .gradient = gradient,
      .gradient_stride = gradient_stride, .q_gradient = q_gradient, .k_gradient = k_gradient,
      .v_gradient = v_gradient};
  tk_parallel_for(batch * heads, gradient_task, &work);
  return !atomic_load(&work.failed);
}

bool tk_causal_attention_gradient_f32(
    size_t batch, size_t tokens, size_t heads, size_t head_size, const float *q, size_t q_stride, const float *k,
    size_t k_stride, const float *v, size_t v_stride, float scale, const float *gradient, size_t gradient_stride,
    float *q_gradient, float *k_gradient, float *v_gradient) {
  if (tokens == 0 || head_size == 0) return true;
  const size_t padded = padded_keys(tokens);
  float *bias = tk_memory_acquire(tokens * padded * sizeof(float));
  if (!bias) return false;
  // A weight of zero has a slope of zero: rows that are not seen take no part.
  for (size_t i = 0; i < tokens; i++)
    for (size_t j = 0; j < padded; j++) bias[i * padded + j] = j <= i ? 0 : -INFINITY;
  gradient_work work = {
      .tokens = tokens, .padded = padded, .heads = heads, .head_size = head_size, .q = q, .k = k, .v = v,
      .q_stride = q_stride, .k_stride = k_stride, .v_stride = v_stride, .scale = scale, .gradient = gradient,
      .gradient_stride = gradient_stride, .q_gradient = q_gradient, .k_gradient = k_gradient,
      .v_gradient = v_gradient, .bias = bias};
  tk_parallel_for(batch * heads, gradient_task, &work);
  tk_memory_release(bias);
  return !atomic_load(&work.failed);
}
