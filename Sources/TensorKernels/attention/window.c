#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include "window.h"

static tk_window_head *const head_table[] = TK_TABLE(tk_window_head);

typedef struct {
  size_t height, width, heads, head_size, window, shift;
  size_t rows, columns;  // windows
  size_t tokens, padded;
  const float *qkv, *padding;
  const float *bias;  // [heads, tokens, padded]
  float *output;
  atomic_bool failed;
} attention_work;

/// The place on the map of a window's token, or -1 in the padding; and which side of the rolled map it came from.
static ptrdiff_t place(const attention_work *w, size_t index, size_t token, int32_t *region) {
  const size_t padded_height = w->rows * w->window, padded_width = w->columns * w->window;
  const size_t y = index / w->columns * w->window + token / w->window;
  const size_t x = index % w->columns * w->window + token % w->window;
  const int vertical = y + w->window < padded_height ? 0 : y + w->shift < padded_height ? 1 : 2;
  const int horizontal = x + w->window < padded_width ? 0 : x + w->shift < padded_width ? 1 : 2;
  *region = vertical * 3 + horizontal;
  const size_t row = (y + w->shift) % padded_height, column = (x + w->shift) % padded_width;
  return row < w->height && column < w->width ? (ptrdiff_t)(row * w->width + column) : -1;
}

static void gather(
    const attention_work *w, size_t head, const ptrdiff_t *places, float *queries, float *keys, float *values) {
  const size_t channels = w->heads * w->head_size;
  const float scale = 1 / sqrtf((float)w->head_size);
  for (size_t t = 0; t < w->tokens; t++) {
    const float *row = (places[t] < 0 ? w->padding : w->qkv + (size_t)places[t] * 3 * channels) + head * w->head_size;
    for (size_t c = 0; c < w->head_size; c++) {
      queries[t * w->head_size + c] = row[c] * scale;
      keys[c * w->padded + t] = row[channels + c];
    }
    memcpy(values + t * w->head_size, row + 2 * channels, w->head_size * sizeof(float));
  }
  for (size_t c = 0; c < w->head_size; c++)
    for (size_t t = w->tokens; t < w->padded; t++) keys[c * w->padded + t] = 0;
}

static void window_task(void *context, size_t index) {
  attention_work *w = context;
  const size_t block = w->padded * w->head_size;
  char *scratch =
      tk_memory_acquire(w->tokens * (sizeof(ptrdiff_t) + sizeof(int32_t)) + (4 * block + 4 * w->padded) * sizeof(float));
  if (!scratch) {
    atomic_store(&w->failed, true);
    return;
  }
  ptrdiff_t *places = (ptrdiff_t *)scratch;
  float *queries = (float *)(places + w->tokens);
  float *keys = queries + block, *values = keys + block, *output = values + block, *scores = output + block;
  int32_t *regions = (int32_t *)(scores + 4 * w->padded);
  bool mixed = false;
  for (size_t t = 0; t < w->tokens; t++) {
    places[t] = place(w, index, t, regions + t);
    mixed |= regions[t] != regions[0];
  }
  tk_window_head *const run = TK_CHOOSE(head_table);
  for (size_t head = 0; head < w->heads; head++) {
    gather(w, head, places, queries, keys, values);
    const tk_window_work work = {
        .tokens = w->tokens, .padded = w->padded, .head_size = w->head_size, .queries = queries, .keys = keys,
        .values = values, .bias = w->bias + head * w->tokens * w->padded,
        .regions = mixed && w->shift > 0 ? regions : NULL, .scores = scores, .output = output};
    run(&work);
    for (size_t t = 0; t < w->tokens; t++)
      if (places[t] >= 0)
        memcpy(
            w->output + ((size_t)places[t] * w->heads + head) * w->head_size, output + t * w->head_size,
            w->head_size * sizeof(float));
  }
  tk_memory_release(scratch);
}

/// The bias of each pair of a window's tokens, `[heads, tokens, padded]`.
static void spread_bias(const attention_work *w, const float *table, float *bias) {
  const size_t side = 2 * w->window - 1;
  for (size_t head = 0; head < w->heads; head++)
    for (size_t i = 0; i < w->tokens; i++)
      for (size_t j = 0; j < w->padded; j++) {
        const size_t dy = i / w->window + w->window - 1 - j / w->window;
        const size_t dx = i % w->window + w->window - 1 - j % w->window;
        bias[(head * w->tokens + i) * w->padded + j] = j < w->tokens ? table[(dy * side + dx) * w->heads + head] : 0;
      }
}

bool tk_window_attention_f32(
    size_t height, size_t width, size_t heads, size_t head_size, size_t window, size_t shift, const float *qkv,
    const float *padding, const float *bias_table, float *output) {
  const size_t tokens = window * window;
  attention_work work = {
      .height = height, .width = width, .heads = heads, .head_size = head_size, .window = window, .shift = shift,
      .rows = (height + window - 1) / window, .columns = (width + window - 1) / window, .tokens = tokens,
      .padded = (tokens + TK_WINDOW_KEYS - 1) / TK_WINDOW_KEYS * TK_WINDOW_KEYS, .qkv = qkv, .padding = padding,
      .output = output};
  float *bias = tk_memory_acquire(heads * tokens * work.padded * sizeof(float));
  if (!bias) return false;
  spread_bias(&work, bias_table, bias);
  work.bias = bias;
  tk_parallel_for(work.rows * work.columns, window_task, &work);
  tk_memory_release(bias);
  return !atomic_load(&work.failed);
}
