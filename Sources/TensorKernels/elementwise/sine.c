#include <math.h>
#include <string.h>

#include "elementwise.h"

static tk_sine_pairs *const pairs_table[] = TK_TABLE(tk_sine_pairs);

enum { PAIRS = 64, BOXES_A_TASK = 32 };

/// Frequencies of up to PAIRS neighbouring pairs of channels, in turns (2 pi) for each unit of the value.
typedef struct {
  float high[PAIRS], low[PAIRS];
} frequencies;

static frequencies frequencies_of(size_t first, size_t count, size_t half) {
  frequencies f;
  for (size_t i = 0; i < count; i++) {
    const double exact = pow(10000, -2.0 * (double)(first + i) / (double)half);
    f.high[i] = (float)exact;
    f.low[i] = (float)(exact - f.high[i]);
  }
  return f;
}

/// Embeds one value into channels 2 * first ..< 2 * (first + count) of `half`, of which an odd one is the last sine.
static void embed(
    size_t first, size_t count, size_t half, const frequencies *f, float value, float *output) {
  const size_t whole = 2 * (first + count) > half ? count - 1 : count;
  TK_CHOOSE(pairs_table)(whole, value, f->high, f->low, output + 2 * first);
  if (whole < count) {
    float pair[2];
    TK_CHOOSE(pairs_table)(1, value, f->high + whole, f->low + whole, pair);
    output[half - 1] = pair[0];
  }
}

// ---------------------------------------------------------------------------------------------------------------- boxes

typedef struct {
  size_t count, half;
  const float *boxes;
  float *output;
} boxes_work;

static void boxes_task(void *context, size_t index) {
  const boxes_work *w = context;
  static const size_t order[4] = {1, 0, 2, 3};  // y, x, w, h
  const size_t first = index * BOXES_A_TASK, rest = w->count - first;
  const size_t end = first + (rest < BOXES_A_TASK ? rest : BOXES_A_TASK), pairs = (w->half + 1) / 2;
  for (size_t pair = 0; pair < pairs; pair += PAIRS) {
    const size_t count = pairs - pair < PAIRS ? pairs - pair : PAIRS;
    const frequencies f = frequencies_of(pair, count, w->half);
    for (size_t n = first; n < end; n++)
      for (size_t k = 0; k < 4; k++)
        embed(pair, count, w->half, &f, w->boxes[4 * n + order[k]], w->output + (4 * n + k) * w->half);
  }
}

void tk_sine_boxes_f32(size_t count, size_t half, const float *boxes, float *output) {
  boxes_work work = {count, half, boxes, output};
  tk_parallel_for((count + BOXES_A_TASK - 1) / BOXES_A_TASK, boxes_task, &work);
}

// ------------------------------------------------------------------------------------------------------------ positions

/// The embedding of position `k` of `n`. In double precision, for there are only height + width of them.
static void embed_position(size_t k, size_t n, size_t half, float *output) {
  const double value = (double)(k + 1) / ((double)n + 1e-6) * 6.283185307179586;
  for (size_t c = 0; c < half; c++) {
    const double angle = value / pow(10000, 2.0 * (double)(c / 2) / (double)half);
    output[c] = (float)(c % 2 ? cos(angle) : sin(angle));
  }
}

void tk_sine_positions_f32(size_t height, size_t width, size_t channels, float *output) {
  const size_t half = channels / 2;
  if (height == 0 || width == 0 || half == 0) return;
  // Each embedding is computed where it first stands, then copied.
  for (size_t x = 0; x < width; x++) embed_position(x, width, half, output + x * 2 * half + half);
  for (size_t y = 0; y < height; y++) {
    float *row = output + y * width * 2 * half;
    embed_position(y, height, half, row);
    for (size_t x = 1; x < width; x++) memcpy(row + x * 2 * half, row, half * sizeof(float));
    for (size_t x = 0; x < width && y > 0; x++)
      memcpy(row + x * 2 * half + half, output + x * 2 * half + half, half * sizeof(float));
  }
}
