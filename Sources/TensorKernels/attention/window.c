#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include "window.h"

static tk_window_head *const head_table[] = TK_TABLE(tk_window_head);

typedef struct {
  tk_window_layout layout;
  size_t heads, head_size;
  const float *qkv, *padding;
  const float *bias;  // [heads, tokens, padded]
  float *output;
  atomic_bool failed;
} attention_work;

static void gather(
    const attention_work *w, size_t head, const ptrdiff_t *places, float *queries, float *keys, float *values) {
  const size_t channels = w->heads * w->head_size, tokens = w->layout.tokens, padded = w->layout.padded;
  const float scale = 1 / sqrtf((float)w->head_size);
  for (size_t t = 0; t < tokens; t++) {
    const float *row = (places[t] < 0 ? w->padding : w->qkv + (size_t)places[t] * 3 * channels) + head * w->head_size;
    for (size_t c = 0; c < w->head_size; c++) {
      queries[t * w->head_size + c] = row[c] * scale;
      keys[c * padded + t] = row[channels + c];
    }
    memcpy(values + t * w->head_size, row + 2 * channels, w->head_size * sizeof(float));
  }
  for (size_t c = 0; c < w->head_size; c++)
    for (size_t t = tokens; t < padded; t++) keys[c * padded + t] = 0;
}

static void window_task(void *context, size_t index) {
  attention_work *w = context;
  const size_t tokens = w->layout.tokens, padded = w->layout.padded, block = padded * w->head_size;
  char *scratch =
      tk_memory_acquire(tokens * (sizeof(ptrdiff_t) + sizeof(int32_t)) + (4 * block + 4 * padded) * sizeof(float));
  if (!scratch) {
    atomic_store(&w->failed, true);
    return;
  }
  ptrdiff_t *places = (ptrdiff_t *)scratch;
  float *queries = (float *)(places + tokens);
  float *keys = queries + block, *values = keys + block, *output = values + block, *scores = output + block;
  int32_t *regions = (int32_t *)(scores + 4 * padded);
  const bool mixed = tk_window_places(&w->layout, index, places, regions);
  tk_window_head *const run = TK_CHOOSE(head_table);
  for (size_t head = 0; head < w->heads; head++) {
    gather(w, head, places, queries, keys, values);
    const tk_window_work work = {
        .tokens = tokens, .padded = padded, .head_size = w->head_size, .queries = queries, .keys = keys,
        .values = values, .bias = w->bias + head * tokens * padded,
        .regions = mixed && w->layout.shift > 0 ? regions : NULL, .scores = scores, .output = output};
    run(&work);
    for (size_t t = 0; t < tokens; t++)
      if (places[t] >= 0)
        memcpy(
            w->output + ((size_t)places[t] * w->heads + head) * w->head_size, output + t * w->head_size,
            w->head_size * sizeof(float));
  }
  tk_memory_release(scratch);
}

bool tk_window_attention_f32(
    size_t height, size_t width, size_t heads, size_t head_size, size_t window, size_t shift, const float *qkv,
    const float *padding, const float *bias_table, float *output) {
  attention_work work = {
      .layout = tk_make_window_layout(height, width, window, shift), .heads = heads, .head_size = head_size,
      .qkv = qkv, .padding = padding, .output = output};
  float *bias = tk_memory_acquire(heads * work.layout.tokens * work.layout.padded * sizeof(float));
  if (!bias) return false;
  tk_spread_window_bias(&work.layout, heads, bias_table, bias);
  work.bias = bias;
  tk_parallel_for(work.layout.rows * work.layout.columns, window_task, &work);
  tk_memory_release(bias);
  return !atomic_load(&work.failed);
}
