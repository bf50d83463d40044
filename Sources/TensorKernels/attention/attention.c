#include "attention.h"

static tk_attention_head *const head_table[] = TK_TABLE(tk_attention_head);

enum { QUERIES_A_TASK = 64 };

typedef struct {
  size_t tokens, heads, head_size, blocks;
  const float *q, *k, *v;
  size_t q_stride, k_stride, v_stride;
  float scale;
  float *output;
  size_t output_stride;
} attention_work;

static void attention_task(void *context, size_t index) {
  const attention_work *w = context;
  const size_t row = index / w->blocks * w->tokens, first = index % w->blocks * QUERIES_A_TASK;
  const size_t queries = w->tokens - first < QUERIES_A_TASK ? w->tokens - first : QUERIES_A_TASK;
  tk_attention_head *const head = TK_CHOOSE(head_table);
  for (size_t h = 0; h < w->heads; h++) {
    const size_t channel = h * w->head_size;
    head(
        queries, w->tokens, w->head_size, w->q + (row + first) * w->q_stride + channel, w->q_stride,
        w->k + row * w->k_stride + channel, w->k_stride, w->v + row * w->v_stride + channel, w->v_stride, w->scale,
        w->output + (row + first) * w->output_stride + channel, w->output_stride);
  }
}

void tk_attention_f32(
    size_t batch, size_t tokens, size_t heads, size_t head_size, const float *q, size_t q_stride, const float *k,
    size_t k_stride, const float *v, size_t v_stride, float scale, float *output, size_t output_stride) {
  if (tokens == 0 || head_size == 0) return;
  const size_t blocks = (tokens + QUERIES_A_TASK - 1) / QUERIES_A_TASK;
  attention_work work = {tokens,   heads,    head_size, blocks, q,      k,            v,
                         q_stride, k_stride, v_stride,  scale,  output, output_stride};
  tk_parallel_for(batch * blocks, attention_task, &work);
}
