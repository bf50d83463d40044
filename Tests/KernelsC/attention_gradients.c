#include "check.h"

typedef struct {
  size_t batch, tokens, heads, head_size;
  const float *q, *k, *v, *gradient;
} heads;

static void run(const void *context, float *output) {
  const heads *h = context;
  size_t channels = h->heads * h->head_size, count = h->batch * h->tokens * channels;
  tk_attention_gradient_f32(
      h->batch, h->tokens, h->heads, h->head_size, h->q, channels, h->k, channels, h->v, channels, 0.4f, h->gradient,
      channels, output, output + count, output + 2 * count);
}

static void run_causal(const void *context, float *output) {
  const heads *h = context;
  size_t channels = h->heads * h->head_size, count = h->batch * h->tokens * channels;
  tk_causal_attention_gradient_f32(
      h->batch, h->tokens, h->heads, h->head_size, h->q, channels, h->k, channels, h->v, channels, 0.4f, h->gradient,
      channels, output, output + count, output + 2 * count);
}

typedef struct {
  size_t height, width, heads, head_size, window, shift;
  const float *qkv, *padding, *table, *gradient;
} windows;

static void run_windows(const void *context, float *output) {
  const windows *w = context;
  size_t channels = w->heads * w->head_size, count = w->height * w->width * 3 * channels;
  tk_window_attention_gradient_f32(
      w->height, w->width, w->heads, w->head_size, w->window, w->shift, w->qkv, w->padding, w->table, w->gradient,
      output, output + count, output + count + 3 * channels);
}

typedef struct {
  size_t queries, heads, head_size, levels, points, reference_size, rows;
  const tk_level_shape *shapes;
  const float *value, *offsets, *logits, *reference, *gradient;
} sampling;

static void run_deformable(const void *context, float *output) {
  const sampling *s = context;
  size_t logits = s->heads * s->levels * s->points, values = s->rows * s->heads * s->head_size;
  float *offsets_gradient = output + values;
  tk_deformable_attention_gradient_f32(
      s->queries, s->heads, s->head_size, s->levels, s->shapes, s->points, s->value, s->offsets, 2 * logits, s->logits,
      logits, s->reference, s->reference_size, s->gradient, output, offsets_gradient,
      offsets_gradient + s->queries * 2 * logits);
}

void attention_gradients(void) {
  static const size_t shapes[][4] = {{1, 1, 1, 1}, {3, 6, 8, 12}, {2, 7, 2, 5}, {1, 33, 3, 16}, {2, 17, 4, 8}};
  for (size_t n = 0; n < 5; n++) {
    heads h = {.batch = shapes[n][0], .tokens = shapes[n][1], .heads = shapes[n][2], .head_size = shapes[n][3]};
    size_t count = h.batch * h.tokens * h.heads * h.head_size;
    h.q = uniform(count, -2, 2);
    h.k = uniform(count, -2, 2);
    h.v = uniform(count, -1, 1);
    h.gradient = uniform(count, -1, 1);
    check((kernel_case){
        "gradient of attention", shape3(h.tokens, h.heads, h.head_size), 3 * count, NULL, 5e-5, 1e-5, run, &h});
    check((kernel_case){
        "gradient of causal attention", shape3(h.tokens, h.heads, h.head_size), 3 * count, NULL, 5e-5, 1e-5, run_causal,
        &h});
  }
  static const size_t maps[][6] = {{7, 7, 1, 8, 7, 0}, {9, 11, 3, 8, 4, 2}, {5, 3, 2, 5, 4, 0}, {14, 8, 3, 32, 7, 3}};
  for (size_t n = 0; n < 4; n++) {
    windows w = {.height = maps[n][0], .width = maps[n][1], .heads = maps[n][2], .head_size = maps[n][3],
                 .window = maps[n][4], .shift = maps[n][5]};
    size_t channels = w.heads * w.head_size, side = 2 * w.window - 1, places = w.height * w.width;
    w.qkv = uniform(places * 3 * channels, -2, 2);
    w.padding = uniform(3 * channels, -1, 1);
    w.table = uniform(side * side * w.heads, -1, 1);
    w.gradient = uniform(places * channels, -1, 1);
    check((kernel_case){
        "gradient of window attention", shape3(w.height, w.width, w.window),
        places * 3 * channels + 3 * channels + side * side * w.heads, NULL, 5e-5, 1e-5, run_windows, &w});
  }
  static const tk_level_shape pyramid[] = {{9, 7}, {5, 4}, {3, 2}, {1, 1}};
  static const size_t head_sizes[] = {1, 3, 8, 12, 17, 32};
  for (size_t n = 0; n < 6; n++) {
    for (size_t reference_size = 2; reference_size <= 4; reference_size += 2) {
      sampling s = {.queries = 13, .heads = 3, .head_size = head_sizes[n], .levels = 4, .points = n % 2 ? 4 : 3,
                    .reference_size = reference_size, .rows = 63 + 20 + 6 + 1, .shapes = pyramid};
      size_t logits = s.heads * s.levels * s.points, channels = s.heads * s.head_size;
      s.value = uniform(s.rows * channels, -1, 1);
      s.offsets = uniform(s.queries * 2 * logits, -6, 6);
      s.logits = uniform(s.queries * logits, -3, 3);
      s.reference = uniform(s.queries * reference_size, 0, 1);
      s.gradient = uniform(s.queries * channels, -1, 1);
      check((kernel_case){
          "gradient of deformable attention", shape2(s.head_size, reference_size),
          s.rows * channels + s.queries * 3 * logits, NULL, 5e-5, 1e-5, run_deformable, &s});
    }
  }
}
