#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include "attention_gradient.h"
#include "window_layout.h"

// Windows are dealt out in runs, the number of which the shape alone decides. Each run and head has its own sums for the
// padding row and the bias table; they are joined in order, so that any number of threads gives the same bits.

static tk_attention_gradient_head *const head_table[] = TK_TABLE(tk_attention_gradient_head);

enum { MOST_RUNS = 16 };

typedef struct {
  tk_window_layout layout;
  size_t heads, head_size, runs, table_rows;
  const float *qkv, *padding, *bias, *gradient;
  float *qkv_gradient;
  float *sums;  // [runs, 3 * channels + table_rows * heads]
  atomic_bool failed;
} gradient_work;

static size_t sums_size(const gradient_work *w) { return w->heads * (3 * w->head_size + w->table_rows); }

static void gather(
    const gradient_work *w, size_t head, const ptrdiff_t *places, const tk_attention_gradient_scratch *s) {
  const size_t channels = w->heads * w->head_size, channel = head * w->head_size;
  const float scale = 1 / sqrtf((float)w->head_size);
  for (size_t t = 0; t < w->layout.tokens; t++) {
    const size_t place = (size_t)places[t];
    const bool outside = places[t] < 0;
    const float *row = (outside ? w->padding : w->qkv + place * 3 * channels) + channel;
    tk_gather_attention_gradient(
        s, t, w->layout.padded, w->head_size, row, row + channels, row + 2 * channels, scale,
        outside ? NULL : w->gradient + place * channels + channel);
  }
}

static void scatter(
    const gradient_work *w, size_t head, const ptrdiff_t *places, const tk_attention_gradient_scratch *s,
    float *padding_sums) {
  const size_t channels = w->heads * w->head_size, size = w->head_size;
  const float scale = 1 / sqrtf((float)size);
  for (size_t t = 0; t < w->layout.tokens; t++) {
    const float *q = s->query_gradient + t * size, *k = s->key_gradient + t * size, *v = s->value_gradient + t * size;
    if (places[t] < 0) {
      float *row = padding_sums + head * size;
      // Nobody asks what a query of the padding gives.
      for (size_t c = 0; c < size; c++) {
        row[channels + c] += k[c];
        row[2 * channels + c] += v[c];
      }
    } else {
      float *row = w->qkv_gradient + (size_t)places[t] * 3 * channels + head * size;
      for (size_t c = 0; c < size; c++) row[c] = q[c] * scale;
      memcpy(row + channels, k, size * sizeof(float));
      memcpy(row + 2 * channels, v, size * sizeof(float));
    }
  }
}

/// The gradient by each pair's bias, added up for each row of the table.
static void fold_bias(const gradient_work *w, size_t head, const float *pairs, float *table) {
  const size_t tokens = w->layout.tokens;
  for (size_t row = 0; row < w->table_rows; row++) table[row * w->heads + head] = 0;
  for (size_t i = 0; i < tokens; i++)
    for (size_t j = 0; j < tokens; j++)
      table[tk_window_bias_row(&w->layout, i, j) * w->heads + head] += pairs[i * w->layout.padded + j];
}

static void gradient_task(void *context, size_t index) {
  gradient_work *w = context;
  const size_t run = index / w->heads, head = index % w->heads, windows = w->layout.rows * w->layout.columns;
  const size_t tokens = w->layout.tokens, padded = w->layout.padded, channels = w->heads * w->head_size;
  char *memory = tk_memory_acquire(
      tokens * (sizeof(ptrdiff_t) + sizeof(int32_t)) +
      (tk_attention_gradient_size(padded, w->head_size) + tokens * padded) * sizeof(float));
  if (!memory) {
    atomic_store(&w->failed, true);
    return;
  }
  ptrdiff_t *places = (ptrdiff_t *)memory;
  float *pairs = (float *)(places + tokens);
  const tk_attention_gradient_scratch s = tk_split_attention_gradient(pairs + tokens * padded, padded, w->head_size);
  int32_t *regions = (int32_t *)(s.slopes + TK_GRADIENT_QUERIES * padded);
  float *padding_sums = w->sums + run * sums_size(w);
  for (size_t part = 0; part < 3; part++)
    memset(padding_sums + part * channels + head * w->head_size, 0, w->head_size * sizeof(float));
  memset(pairs, 0, tokens * padded * sizeof(float));
  tk_pad_attention_gradient(&s, tokens, padded, w->head_size);
  for (size_t window = windows * run / w->runs; window < windows * (run + 1) / w->runs; window++) {
    const bool mixed = tk_window_places(&w->layout, window, places, regions);
    gather(w, head, places, &s);
    const tk_attention_gradient_work work = {
        .tokens = tokens, .padded = padded, .head_size = w->head_size, .queries = s.queries, .keys = s.keys,
        .keys_across = s.keys_across, .values_across = s.values_across, .gradient = s.gradient,
        .bias = w->bias + head * tokens * padded, .regions = mixed && w->layout.shift > 0 ? regions : NULL,
        .weights = s.weights, .slopes = s.slopes, .query_gradient = s.query_gradient,
        .key_gradient = s.key_gradient, .value_gradient = s.value_gradient, .bias_gradient = pairs};
    TK_CHOOSE(head_table)(&work);
    scatter(w, head, places, &s, padding_sums);
  }
  fold_bias(w, head, pairs, padding_sums + 3 * channels);
  tk_memory_release(memory);
}

/// `output[i]`: the sum over the runs.
static void join(const gradient_work *w, size_t offset, size_t count, float *output) {
  for (size_t i = 0; i < count; i++) {
    double sum = 0;
    for (size_t run = 0; run < w->runs; run++) sum += w->sums[run * sums_size(w) + offset + i];
    output[i] = (float)sum;
  }
}

bool tk_window_attention_gradient_f32(
    size_t height, size_t width, size_t heads, size_t head_size, size_t window, size_t shift, const float *qkv,
    const float *padding, const float *bias_table, const float *gradient, float *qkv_gradient,
    float *padding_gradient, float *bias_table_gradient) {
  gradient_work work = {
      .layout = tk_make_window_layout(height, width, window, shift), .heads = heads, .head_size = head_size,
      .table_rows = (2 * window - 1) * (2 * window - 1), .qkv = qkv, .padding = padding, .gradient = gradient,
      .qkv_gradient = qkv_gradient};
  const size_t windows = work.layout.rows * work.layout.columns;
  work.runs = windows < MOST_RUNS ? windows : MOST_RUNS;
  const size_t pairs = heads * work.layout.tokens * work.layout.padded;
  float *memory = tk_memory_acquire((pairs + work.runs * sums_size(&work)) * sizeof(float));
  if (!memory) return false;
  tk_spread_window_bias(&work.layout, heads, bias_table, memory);
  work.bias = memory;
  work.sums = memory + pairs;
  tk_parallel_for(work.runs * heads, gradient_task, &work);
  join(&work, 0, 3 * heads * head_size, padding_gradient);
  join(&work, 3 * heads * head_size, work.table_rows * heads, bias_table_gradient);
  tk_memory_release(memory);
  return !atomic_load(&work.failed);
}
