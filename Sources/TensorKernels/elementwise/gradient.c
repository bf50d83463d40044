#include "gradient.h"

static tk_activate_function *const activate_table[] = TK_TABLE(tk_activate_numbers);
static tk_activation_gradient_function *const activation_gradient_table[] = TK_TABLE(tk_activation_gradient);
static tk_pairs_function *const multiply_table[] = TK_TABLE(tk_multiply);
static tk_pairs_function *const sigmoid_gradient_table[] = TK_TABLE(tk_sigmoid_gradient);
static tk_scale_function *const scale_table[] = TK_TABLE(tk_scale);
static tk_column_sums_function *const column_sums_table[] = TK_TABLE(tk_column_sums);

enum { NUMBERS_A_TASK = 1 << 15 };

static size_t tasks_of(size_t count) { return (count + NUMBERS_A_TASK - 1) / NUMBERS_A_TASK; }

static size_t size_of_task(size_t count, size_t index) {
  const size_t rest = count - index * NUMBERS_A_TASK;
  return rest < NUMBERS_A_TASK ? rest : NUMBERS_A_TASK;
}

// ---------------------------------------------------------------------------------------------------------- activations

typedef struct {
  size_t count;
  tk_activation activation;
  const float *source;
  const float *gradient;
  float *output;
} activation_work;

static void activate_task(void *context, size_t index) {
  const activation_work *w = context;
  const size_t first = index * NUMBERS_A_TASK;
  TK_CHOOSE(activate_table)(size_of_task(w->count, index), w->activation, w->source + first, w->output + first);
}

void tk_activate_f32(size_t count, tk_activation activation, const float *input, float *output) {
  activation_work work = {count, activation, input, NULL, output};
  tk_parallel_for(tasks_of(count), activate_task, &work);
}

static void activation_gradient_task(void *context, size_t index) {
  const activation_work *w = context;
  const size_t first = index * NUMBERS_A_TASK;
  TK_CHOOSE(activation_gradient_table)
  (size_of_task(w->count, index), w->activation, w->source + first, w->gradient + first, w->output + first);
}

void tk_activation_gradient_f32(
    size_t count, tk_activation activation, const float *source, const float *gradient, float *output) {
  activation_work work = {count, activation, source, gradient, output};
  tk_parallel_for(tasks_of(count), activation_gradient_task, &work);
}

// ---------------------------------------------------------------------------------------------------------------- pairs

typedef struct {
  size_t count;
  const float *a, *b;
  float *output;
  tk_pairs_function *function;
} pairs_work;

static void pairs_task(void *context, size_t index) {
  const pairs_work *w = context;
  const size_t first = index * NUMBERS_A_TASK;
  w->function(size_of_task(w->count, index), w->a + first, w->b + first, w->output + first);
}

void tk_multiply_f32(size_t count, const float *a, const float *b, float *output) {
  pairs_work work = {count, a, b, output, TK_CHOOSE(multiply_table)};
  tk_parallel_for(tasks_of(count), pairs_task, &work);
}

void tk_sigmoid_gradient_f32(size_t count, const float *result, const float *gradient, float *output) {
  pairs_work work = {count, result, gradient, output, TK_CHOOSE(sigmoid_gradient_table)};
  tk_parallel_for(tasks_of(count), pairs_task, &work);
}

// Only boxes go through this one (see tk_inverse_sigmoid_f32).
void tk_inverse_sigmoid_gradient_f32(
    size_t count, float epsilon, const float *input, const float *gradient, float *output) {
  for (size_t i = 0; i < count; i++) {
    const double x = input[i], rest = 1 - x;
    double slope = 0;
    if (x >= 0 && x <= 1) slope = (x >= epsilon ? 1 / x : 0) + (rest >= epsilon ? 1 / rest : 0);
    output[i] = (float)(slope * gradient[i]);
  }
}

typedef struct {
  size_t count;
  float factor;
  const float *input;
  float *output;
} scale_work;

static void scale_task(void *context, size_t index) {
  const scale_work *w = context;
  const size_t first = index * NUMBERS_A_TASK;
  TK_CHOOSE(scale_table)(size_of_task(w->count, index), w->factor, w->input + first, w->output + first);
}

void tk_scale_f32(size_t count, float factor, const float *input, float *output) {
  scale_work work = {count, factor, input, output};
  tk_parallel_for(tasks_of(count), scale_task, &work);
}

// ----------------------------------------------------------------------------------------------------------------- sums

typedef struct {
  size_t rows, rows_a_task, channels;
  const float *input;
  double *sums;  // [tasks, channels]
} sums_work;

static void sums_task(void *context, size_t index) {
  const sums_work *w = context;
  const size_t first = index * w->rows_a_task, rest = w->rows - first;
  TK_CHOOSE(column_sums_table)
  (rest < w->rows_a_task ? rest : w->rows_a_task, w->channels, w->input + first * w->channels, w->channels,
   w->sums + index * w->channels);
}

void tk_column_sums_f32(size_t rows, size_t channels, const float *input, float *output) {
  if (channels == 0) return;
  // At most 64 tasks, so that their sums stay small beside the input.
  const size_t least = (NUMBERS_A_TASK + channels - 1) / channels;
  const size_t rows_a_task = (rows + 63) / 64 > least ? (rows + 63) / 64 : least;
  const size_t tasks = (rows + rows_a_task - 1) / rows_a_task;
  double *sums = tk_memory_acquire((tasks + 1) * channels * sizeof(double));
  if (!sums) return;
  sums_work work = {rows, rows_a_task, channels, input, sums};
  tk_parallel_for(tasks, sums_task, &work);
  for (size_t c = 0; c < channels; c++) {
    double sum = 0;
    for (size_t t = 0; t < tasks; t++) sum += sums[t * channels + c];
    output[c] = (float)sum;
  }
  tk_memory_release(sums);
}

enum { SUM_COLUMNS = 64, MOST_SUMS = 64 };

typedef struct {
  size_t count, tasks;
  const float *input;
  double sums[MOST_SUMS];
} sum_work;

static void sum_task(void *context, size_t index) {
  sum_work *w = context;
  const size_t rows = w->count / SUM_COLUMNS;
  const size_t first = rows * index / w->tasks, end = rows * (index + 1) / w->tasks;
  double columns[SUM_COLUMNS], sum = 0;
  TK_CHOOSE(column_sums_table)
  (end - first, SUM_COLUMNS, w->input + first * SUM_COLUMNS, SUM_COLUMNS, columns);
  for (size_t c = 0; c < SUM_COLUMNS; c++) sum += columns[c];
  w->sums[index] = sum;
}

double tk_sum_f32(size_t count, const float *input) {
  sum_work work = {.count = count, .input = input};
  work.tasks = tasks_of(count) < MOST_SUMS ? tasks_of(count) : MOST_SUMS;
  tk_parallel_for(work.tasks, sum_task, &work);
  double sum = 0;
  for (size_t t = 0; t < work.tasks; t++) sum += work.sums[t];
  for (size_t i = count / SUM_COLUMNS * SUM_COLUMNS; i < count; i++) sum += input[i];
  return sum;
}
