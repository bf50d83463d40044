#include "norm_gradient.h"

#include <string.h>

#include "norm.h"

static size_t at_most(size_t a, size_t b) { return a < b ? a : b; }

// ------------------------------------------------------------------------------------------------------------ LayerNorm

static tk_layer_norm_gradient_rows *const layer_norm_table[] = TK_TABLE(tk_layer_norm_gradient_rows);

enum { LEAST_ROWS_A_TASK = 64, MOST_TASKS = 32 };

typedef struct {
  size_t rows, channels, tasks;
  const float *input, *addend, *weight;
  float epsilon;
  const float *gradient;
  float *output;
  float *sums;  // [tasks, 3, channels]: by the weight, by the bias, scratch
} layer_norm_work;

static void layer_norm_task(void *context, size_t index) {
  const layer_norm_work *w = context;
  const size_t first = w->rows * index / w->tasks, end = w->rows * (index + 1) / w->tasks, offset = first * w->channels;
  float *sums = w->sums + index * 3 * w->channels;
  TK_CHOOSE(layer_norm_table)
  (end - first, w->channels, w->input + offset, w->addend ? w->addend + offset : NULL, w->weight, w->epsilon,
   w->gradient + offset, w->output + offset, sums, sums + w->channels, sums + 2 * w->channels);
}

bool tk_layer_norm_gradient_f32(
    size_t rows, size_t channels, const float *input, const float *addend, const float *weight, float epsilon,
    const float *gradient, float *output, float *weight_gradient, float *bias_gradient) {
  if (channels == 0) return true;
  const size_t tasks = at_most((rows + LEAST_ROWS_A_TASK - 1) / LEAST_ROWS_A_TASK, MOST_TASKS);
  float *sums = tk_memory_acquire((tasks + 1) * 3 * channels * sizeof(float));
  if (!sums) return false;
  layer_norm_work work = {rows, channels, tasks, input, addend, weight, epsilon, gradient, output, sums};
  tk_parallel_for(tasks, layer_norm_task, &work);
  for (size_t c = 0; c < channels; c++) {
    double by_weight = 0, by_bias = 0;
    for (size_t t = 0; t < tasks; t++) {
      by_weight += sums[t * 3 * channels + c];
      by_bias += sums[(t * 3 + 1) * channels + c];
    }
    weight_gradient[c] = (float)by_weight;
    bias_gradient[c] = (float)by_bias;
  }
  tk_memory_release(sums);
  return true;
}

// ------------------------------------------------------------------------------------------------------------ GroupNorm

static tk_group_norm_sums_function *const sums_table[] = TK_TABLE(tk_group_norm_sums);
static tk_group_norm_input_function *const input_table[] = TK_TABLE(tk_group_norm_input);

enum { POSITIONS_A_TASK = 512 };

typedef struct {
  size_t positions;
  tk_group_norm_channels channels;
  const float *input, *gradient;
  double *sums, *products;  // [tasks, channels]
  float *slope, *offset;    // [channels]
  float *output;
} group_norm_work;

static void sums_task(void *context, size_t index) {
  const group_norm_work *w = context;
  const size_t channels = w->channels.channels, first = index * POSITIONS_A_TASK;
  TK_CHOOSE(sums_table)
  (at_most(w->positions - first, POSITIONS_A_TASK), &w->channels, w->input + first * channels,
   w->gradient + first * channels, w->sums + index * channels, w->products + index * channels);
}

static void input_task(void *context, size_t index) {
  const group_norm_work *w = context;
  const size_t channels = w->channels.channels, first = index * POSITIONS_A_TASK;
  TK_CHOOSE(input_table)
  (at_most(w->positions - first, POSITIONS_A_TASK), &w->channels, w->input + first * channels,
   w->gradient + first * channels, w->slope, w->offset, w->output + first * channels);
}

/// With xhat = (x - mean) * scale and g the gradient before the activation:
/// dx = scale * (weight * g - mean(weight * g) - xhat * mean(weight * g * xhat)), the means over the group.
static void finish_group(
    const group_norm_work *w, size_t tasks, size_t first, size_t size, tk_group_statistics group, const float *weight,
    float *weight_gradient, float *bias_gradient) {
  const size_t channels = w->channels.channels;
  double gradients = 0, products = 0;
  for (size_t c = first; c < first + size; c++) {
    double sum = 0, product = 0;
    for (size_t t = 0; t < tasks; t++) {
      sum += w->sums[t * channels + c];
      product += w->products[t * channels + c];
    }
    product = (product - (group.mean - w->channels.centre[c]) * sum) * group.scale;
    bias_gradient[c] = (float)sum;
    weight_gradient[c] = (float)product;
    gradients += weight[c] * sum;
    products += weight[c] * product;
  }
  const double count = (double)(w->positions * size), slope = -group.scale * group.scale * products / count;
  for (size_t c = first; c < first + size; c++) {
    w->slope[c] = (float)slope;
    w->offset[c] = (float)(-group.scale * gradients / count - (group.mean - w->channels.centre[c]) * slope);
  }
}

bool tk_group_norm_gradient_f32(
    size_t positions, size_t channels, size_t groups, const float *input, const float *weight, const float *bias,
    float epsilon, tk_activation activation, const float *gradient, float *output, float *weight_gradient,
    float *bias_gradient) {
  if (positions == 0 || channels == 0 || groups == 0) {
    memset(weight_gradient, 0, channels * sizeof(float));
    memset(bias_gradient, 0, channels * sizeof(float));
    return true;
  }
  const size_t tasks = (positions + POSITIONS_A_TASK - 1) / POSITIONS_A_TASK, size = channels / groups;
  double *sums =
      tk_memory_acquire(2 * tasks * channels * sizeof(double) + groups * sizeof(tk_group_statistics) +
                        5 * channels * sizeof(float));
  if (!sums) return false;
  tk_group_statistics *statistics = (tk_group_statistics *)(sums + 2 * tasks * channels);
  float *coefficients = (float *)(statistics + groups);
  bool is_done = tk_group_norm_coefficients(
      positions, channels, groups, input, weight, bias, epsilon, coefficients, statistics);
  if (is_done) {
    group_norm_work work = {
        .positions = positions,
        .channels = {channels, coefficients, coefficients + channels, coefficients + 2 * channels, activation},
        .input = input, .gradient = gradient, .sums = sums, .products = sums + tasks * channels,
        .slope = coefficients + 3 * channels, .offset = coefficients + 4 * channels, .output = output};
    tk_parallel_for(tasks, sums_task, &work);
    for (size_t g = 0; g < groups; g++)
      finish_group(&work, tasks, g * size, size, statistics[g], weight, weight_gradient, bias_gradient);
    tk_parallel_for(tasks, input_task, &work);
  }
  tk_memory_release(sums);
  return is_done;
}
