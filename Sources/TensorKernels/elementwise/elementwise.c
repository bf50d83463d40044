#include "elementwise.h"

#include <math.h>

static tk_add *const add_table[] = TK_TABLE(tk_add);
static tk_sigmoid *const sigmoid_table[] = TK_TABLE(tk_sigmoid);

enum { NUMBERS_A_TASK = 1 << 15 };

static size_t tasks_of(size_t count) { return (count + NUMBERS_A_TASK - 1) / NUMBERS_A_TASK; }

static size_t size_of_task(size_t count, size_t index) {
  const size_t rest = count - index * NUMBERS_A_TASK;
  return rest < NUMBERS_A_TASK ? rest : NUMBERS_A_TASK;
}

// ------------------------------------------------------------------------------------------------------------------ add

typedef struct {
  size_t count;
  const float *a, *b;
  float *output;
} add_work;

static void add_task(void *context, size_t index) {
  const add_work *w = context;
  const size_t first = index * NUMBERS_A_TASK;
  TK_CHOOSE(add_table)(size_of_task(w->count, index), w->a + first, w->b + first, w->output + first);
}

void tk_add_f32(size_t count, const float *a, const float *b, float *output) {
  add_work work = {count, a, b, output};
  tk_parallel_for(tasks_of(count), add_task, &work);
}

typedef struct {
  size_t rows, rows_a_task, channels;
  const float *a, *b;
  float *output;
} add_row_work;

static void add_row_task(void *context, size_t index) {
  const add_row_work *w = context;
  tk_add *const add = TK_CHOOSE(add_table);
  const size_t first = index * w->rows_a_task, rest = w->rows - first;
  const size_t end = first + (rest < w->rows_a_task ? rest : w->rows_a_task);
  for (size_t r = first; r < end; r++) add(w->channels, w->a + r * w->channels, w->b, w->output + r * w->channels);
}

void tk_add_row_f32(size_t rows, size_t channels, const float *a, const float *b, float *output) {
  if (channels == 0) return;
  const size_t rows_a_task = (NUMBERS_A_TASK + channels - 1) / channels;
  add_row_work work = {rows, rows_a_task, channels, a, b, output};
  tk_parallel_for((rows + rows_a_task - 1) / rows_a_task, add_row_task, &work);
}

// -------------------------------------------------------------------------------------------------------------- sigmoid

typedef struct {
  size_t count;
  const float *input;
  float *output;
} sigmoid_work;

static void sigmoid_task(void *context, size_t index) {
  const sigmoid_work *w = context;
  const size_t first = index * NUMBERS_A_TASK;
  TK_CHOOSE(sigmoid_table)(size_of_task(w->count, index), w->input + first, w->output + first);
}

void tk_sigmoid_f32(size_t count, const float *input, float *output) {
  sigmoid_work work = {count, input, output};
  tk_parallel_for(tasks_of(count), sigmoid_task, &work);
}

// Only boxes go through this one: a few hundred numbers, so plain loops do on every processor.
void tk_inverse_sigmoid_f32(size_t count, float epsilon, const float *input, float *output) {
  for (size_t i = 0; i < count; i++) {
    // Written so that a NaN stays one.
    const double x = input[i] < 0 ? 0 : input[i] > 1 ? 1 : input[i], rest = 1 - x;
    output[i] = (float)log((x < epsilon ? epsilon : x) / (rest < epsilon ? epsilon : rest));
  }
}
