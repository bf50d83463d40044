#include "norm.h"

#include <math.h>

// ------------------------------------------------------------------------------------------------------------ LayerNorm

static tk_layer_norm_rows *const layer_norm_table[] = TK_TABLE(tk_layer_norm_rows);

enum { ROWS_A_TASK = 64 };

typedef struct {
  size_t rows, channels;
  const float *input, *addend, *weight, *bias;
  float epsilon;
  float *output;
} layer_norm_work;

static void layer_norm_task(void *context, size_t index) {
  const layer_norm_work *w = context;
  const size_t first = index * ROWS_A_TASK, offset = first * w->channels;
  const size_t rows = w->rows - first < ROWS_A_TASK ? w->rows - first : ROWS_A_TASK;
  TK_CHOOSE(layer_norm_table)
  (rows, w->channels, w->input + offset, w->addend ? w->addend + offset : NULL, w->weight, w->bias, w->epsilon,
   w->output + offset);
}

void tk_layer_norm_f32(
    size_t rows, size_t channels, const float *input, const float *addend, const float *weight, const float *bias,
    float epsilon, float *output) {
  if (channels == 0) return;
  layer_norm_work work = {rows, channels, input, addend, weight, bias, epsilon, output};
  tk_parallel_for((rows + ROWS_A_TASK - 1) / ROWS_A_TASK, layer_norm_task, &work);
}

// ------------------------------------------------------------------------------------------------------------ GroupNorm

static tk_channel_moments *const moments_table[] = TK_TABLE(tk_channel_moments);
static tk_channel_affine *const affine_table[] = TK_TABLE(tk_channel_affine);

enum { POSITIONS_A_TASK = 512 };

typedef struct {
  size_t positions, channels;
  const float *input;
  double *mean, *squares;         // [tasks, channels]
  float *centre, *scale, *shift;  // [channels]
  tk_activation activation;
  float *output;
} group_norm_work;

static size_t positions_of_task(const group_norm_work *w, size_t index) {
  const size_t rest = w->positions - index * POSITIONS_A_TASK;
  return rest < POSITIONS_A_TASK ? rest : POSITIONS_A_TASK;
}

static void moments_task(void *context, size_t index) {
  const group_norm_work *w = context;
  TK_CHOOSE(moments_table)
  (positions_of_task(w, index), w->channels, w->input + index * POSITIONS_A_TASK * w->channels,
   w->mean + index * w->channels, w->squares + index * w->channels);
}

static void affine_task(void *context, size_t index) {
  const group_norm_work *w = context;
  const size_t offset = index * POSITIONS_A_TASK * w->channels;
  TK_CHOOSE(affine_table)
  (positions_of_task(w, index), w->channels, w->input + offset, w->centre, w->scale, w->shift, w->activation,
   w->output + offset);
}

/// Joins the moments of one group's channels, task by task, and sets its channels' coefficients.
static tk_group_statistics finish_group(
    const group_norm_work *w, size_t tasks, size_t first, size_t size, const float *weight, const float *bias,
    float epsilon) {
  double mean = 0, squares = 0, count = 0;
  for (size_t t = 0; t < tasks; t++) {
    const double rows = (double)positions_of_task(w, t);
    for (size_t c = first; c < first + size; c++, count += rows) {
      const size_t i = t * w->channels + c;
      tk_merge_moments(count, rows, w->mean[i], w->squares[i], &mean, &squares);
    }
  }
  const double scale = 1 / sqrt(squares / count + epsilon);
  for (size_t c = first; c < first + size; c++) {
    w->centre[c] = (float)mean;
    w->scale[c] = (float)(scale * weight[c]);
    // The bias takes what rounding leaves of the mean.
    w->shift[c] = (float)(bias[c] - (mean - w->centre[c]) * scale * weight[c]);
  }
  return (tk_group_statistics){mean, scale};
}

bool tk_group_norm_coefficients(
    size_t positions, size_t channels, size_t groups, const float *input, const float *weight, const float *bias,
    float epsilon, float *coefficients, tk_group_statistics *statistics) {
  const size_t tasks = (positions + POSITIONS_A_TASK - 1) / POSITIONS_A_TASK, size = channels / groups;
  double *moments = tk_memory_acquire(2 * tasks * sizeof(double) * channels);
  if (!moments) return false;
  group_norm_work work = {
      .positions = positions, .channels = channels, .input = input, .mean = moments,
      .squares = moments + tasks * channels, .centre = coefficients, .scale = coefficients + channels,
      .shift = coefficients + 2 * channels};
  tk_parallel_for(tasks, moments_task, &work);
  for (size_t g = 0; g < groups; g++) {
    const tk_group_statistics group = finish_group(&work, tasks, g * size, size, weight, bias, epsilon);
    if (statistics) statistics[g] = group;
  }
  tk_memory_release(moments);
  return true;
}

void tk_group_norm_f32(
    size_t positions, size_t channels, size_t groups, const float *input, const float *weight, const float *bias,
    float epsilon, tk_activation activation, float *output) {
  if (positions == 0 || channels == 0 || groups == 0) return;
  float *coefficients = tk_memory_acquire(3 * channels * sizeof(float));
  if (coefficients && tk_group_norm_coefficients(
                          positions, channels, groups, input, weight, bias, epsilon, coefficients, NULL)) {
    group_norm_work work = {
        .positions = positions, .channels = channels, .input = input, .centre = coefficients,
        .scale = coefficients + channels, .shift = coefficients + 2 * channels, .activation = activation,
        .output = output};
    tk_parallel_for((positions + POSITIONS_A_TASK - 1) / POSITIONS_A_TASK, affine_task, &work);
  }
  tk_memory_release(coefficients);
}
