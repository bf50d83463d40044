#include "attention.h"

static tk_attention_head *const head_table[] = TK_TABLE(tk_attention_head);

typedef struct {
  size_t tokens, heads, head_size;
  const float *q, *k, *v;
  size_t q_stride, k_stride, v_stride;
  float scale;
  float *output;
  size_t output_stride;
} causal_work;

/// One head of one group. Each query is a call of its own, because each has its own number of keys.
static void causal_task(void *context, size_t index) {
  const causal_work *w = context;
  const size_t row = index / w->heads * w->tokens, channel = index % w->heads * w->head_size;
  tk_attention_head *const head = TK_CHOOSE(head_table);
  for (size_t i = 0; i < w->tokens; i++) {
    head(
        1, i + 1, w->head_size, w->q + (row + i) * w->q_stride + channel, w->q_stride,
        w->k + row * w->k_stride + channel, w->k_stride, w->v + row * w->v_stride + channel, w->v_stride, w->scale,
        w->output + (row + i) * w->output_stride + channel, w->output_stride);
  }
}

void tk_causal_attention_f32(
    size_t batch, size_t tokens, size_t heads, size_t head_size, const float *q, size_t q_stride, const float *k,
    size_t k_stride, const float *v, size_t v_stride, float scale, float *output, size_t output_stride) {
  if (head_size == 0) return;
  causal_work work = {tokens,   heads,    head_size, q,      k,            v, q_stride, k_stride,
                      v_stride, scale,    output,    output_stride};
  tk_parallel_for(batch * heads, causal_task, &work);
}
