#include "check.h"

#include <math.h>
#include <string.h>

typedef struct {
  size_t height, width, channels;
  const float *logits, *features, *boxes, *clicks;
  const uint8_t *bitmap;
} masked;

enum { box_count = 3, middle = 2 };

static void prior(const void *context, float *output) {
  const masked *m = context;
  tk_add_ellipse_prior_f32(box_count, m->height, m->width, m->boxes, 3.5f, -2, output);
}

static void channels(const void *context, float *output) {
  const masked *m = context;
  tk_refiner_channels_f32(box_count, m->boxes, m->clicks, m->height, 1.5f, m->logits, output, 5);
}

static void statistics(const void *context, float *output) {
  const masked *m = context;
  tk_refiner_statistics_f32(
      box_count, m->height * m->height, m->channels, m->logits, m->features, m->boxes, middle, output,
      2 * m->channels + 4 + middle);
}

static void draw(const void *context, float *output) {
  const masked *m = context;
  tk_draw_grid_f32(m->height, m->logits, m->boxes, 1.5f, 3 * m->height + 1, m->width, output);
}

static void mean(const void *context, float *output) {
  const masked *m = context;
  tk_masked_mean_f32(m->height, m->width, m->channels, 4, m->features, m->bitmap, output);
}

static void distances(const void *context, float *output) {
  const masked *m = context;
  uint32_t *squares = tk_memory_acquire(m->height * m->width * sizeof *squares);
  if (squares && tk_squared_distances(m->height, m->width, m->bitmap, squares))
    for (size_t i = 0; i < m->height * m->width; i++) output[i] = (float)squares[i];
  tk_memory_release(squares);
}

static void runs(const void *context, float *output) {
  const masked *m = context;
  size_t pixels = m->height * m->width;
  uint32_t *lengths = tk_memory_acquire((pixels + 1) * sizeof *lengths);
  uint8_t *bitmap = tk_memory_acquire(pixels);
  if (lengths && bitmap) {
    size_t count = tk_bitmap_runs(m->height, m->width, m->bitmap, lengths, pixels + 1);
    for (size_t i = 0; i <= pixels; i++) output[i] = i < count ? (float)lengths[i] : -1;
    tk_runs_bitmap(m->height, m->width, lengths, count, bitmap);
    for (size_t i = 0; i < pixels; i++) output[pixels + 1 + i] = bitmap[i];
  }
  tk_memory_release(lengths);
  tk_memory_release(bitmap);
}

/// A map as it is, each pixel made of three cells: counts, then as many runs as there are, then -1.
static void drawn_runs(const void *context, float *output) {
  const masked *m = context;
  size_t pixels = m->height * m->width;
  int32_t *first = tk_memory_acquire((m->height + m->width) * sizeof *first);
  float *shares = tk_memory_acquire(3 * (m->height + m->width) * sizeof *shares);
  uint32_t *lengths = tk_memory_acquire((pixels + 1) * sizeof *lengths);
  if (first && shares && lengths) {
    for (size_t i = 0; i < m->height + m->width; i++) {
      size_t place = i < m->height ? i : i - m->height, last = (i < m->height ? m->height : m->width) - 3;
      first[i] = (int32_t)(place < last ? place : last);
      shares[3 * i] = 0.5f;
      shares[3 * i + 1] = 0.375f;
      shares[3 * i + 2] = 0.125f;
    }
    tk_drawing_axis vertical = {m->height, first, shares};
    tk_drawing_axis horizontal = {m->width, first + m->height, shares + 3 * m->height};
    tk_logit_counts counts;
    size_t count = tk_draw_runs(
        m->height, m->width, m->logits, &vertical, &horizontal, 1, lengths, pixels + 1, &counts);
    output[0] = (float)counts.above_one;
    output[1] = (float)counts.above_zero;
    output[2] = (float)counts.above_minus_one;
    for (size_t i = 0; i <= pixels; i++) output[3 + i] = i < count ? (float)lengths[i] : -1;
  }
  tk_memory_release(first);
  tk_memory_release(shares);
  tk_memory_release(lengths);
}

void masks(void) {
  static const size_t sizes[][3] = {{1, 1, 1}, {5, 7, 3}, {8, 8, 16}, {17, 33, 19}, {32, 30, 40}};
  for (size_t n = 0; n < 5; n++) {
    masked m = {.height = sizes[n][0], .width = sizes[n][1], .channels = sizes[n][2]};
    const char *what = shape3(m.height, m.width, m.channels);
    size_t largest = m.height > m.width ? m.height : m.width, cells = m.height * m.height;
    float *boxes = uniform(4 * box_count, 0.1f, 0.9f);
    m.boxes = boxes;
    float *clicks = uniform(2 * box_count, 0, 1);
    clicks[0] = clicks[1] = NAN;
    m.clicks = clicks;
    m.logits = uniform(box_count * largest * largest, -4, 4);
    m.features = uniform(box_count * largest * largest * m.channels, -1, 1);
    uint8_t *bitmap = bytes(16 * m.height * m.width);
    for (size_t i = 0; i < 16 * m.height * m.width; i++) bitmap[i] &= 1;
    m.bitmap = bitmap;
    size_t map = box_count * m.height * m.width;
    check((kernel_case){"ellipse prior", what, map, uniform(map, -1, 1), 2e-5, 0, prior, &m});
    check((kernel_case){"refiner's channels", what, box_count * cells * 5, NULL, 4e-6, 0, channels, &m});
    size_t row = 2 * m.channels + 4 + middle;
    check((kernel_case){
        "refiner's statistics", what, box_count * row, uniform(box_count * row, -1, 1), 4e-6, 0, statistics, &m});
    if (m.height > 1)
      check((kernel_case){"drawn grid", what, (3 * m.height + 1) * m.width, NULL, 1e-5, 0, draw, &m});
    check((kernel_case){"masked mean", what, m.channels, NULL, 4e-6, 0, mean, &m});
    check((kernel_case){"distances", what, m.height * m.width, NULL, 0, 0, distances, &m});
    if (m.height > 2 && m.width > 2)
      check((kernel_case){"runs of logits", what, m.height * m.width + 4, NULL, 0, 0, drawn_runs, &m});
    check((kernel_case){"runs", what, 2 * m.height * m.width + 1, NULL, 0, 0, runs, &m});
  }
}
