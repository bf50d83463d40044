#include "depthwise_gradient.h"

#include <string.h>

#include "../gemm/outer.h"

static tk_depthwise_weights_function *const weights_table[] = TK_TABLE(tk_depthwise_weights_row);
static tk_depthwise_input_function *const input_table[] = TK_TABLE(tk_depthwise_input_row);

enum {
  task_work = 250000,       // multiplications
  most_tasks = 32,
  part_numbers = 1 << 20,   // of all tasks' sums
};

static size_t at_most(size_t a, size_t b) { return a < b ? a : b; }
static size_t ceil_div(size_t a, size_t b) { return (a + b - 1) / b; }

// -------------------------------------------------------------------------------------------------------------- weights

typedef struct {
  tk_convolution_shape shape;
  const float *input, *gradient;
  float *sums;  // [tasks, kh*kw, C]
  size_t tasks;
} weights_work;

static void weights_task(void *context, size_t index) {
  const weights_work *w = context;
  const tk_convolution_shape *shape = &w->shape;
  const size_t rows = shape->batch * shape->output_height, numbers = shape->kernel_height * shape->kernel_width * shape->channels;
  float *sums = w->sums + index * numbers;
  memset(sums, 0, numbers * sizeof(float));
  for (size_t row = rows * index / w->tasks; row < rows * (index + 1) / w->tasks; row++)
    TK_CHOOSE(weights_table)
    (shape, w->input + row / shape->output_height * shape->height * shape->width * shape->channels,
     w->gradient + row * shape->output_width * shape->channels, row % shape->output_height, sums);
}

void tk_depthwise_weights_gradient_f32(
    tk_convolution_shape shape, const float *input, const float *gradient, float *output) {
  const size_t rows = shape.batch * shape.output_height, taps = shape.kernel_height * shape.kernel_width;
  const size_t numbers = taps * shape.channels;
  if (numbers == 0) return;
  size_t tasks = at_most(at_most(most_tasks, rows), ceil_div(rows * shape.output_width * numbers, task_work));
  tasks = at_most(tasks, part_numbers / numbers + 1);
  float *sums = tasks > 1 ? tk_memory_acquire(tasks * numbers * sizeof(float)) : NULL;
  weights_work work = {shape, input, gradient, sums ? sums : output, sums ? tasks : 1};
  tk_parallel_for(work.tasks, weights_task, &work);
  if (sums) tk_add_parts(numbers, tasks, sums, output);
  tk_memory_release(sums);
}

// ---------------------------------------------------------------------------------------------------------------- input

typedef struct {
  tk_convolution_shape shape;
  const float *gradient, *weights;
  float *output;
  tk_depthwise_input_function *kernel;
  size_t rows_of_task;
} input_work;

static void input_task(void *context, size_t index) {
  const input_work *w = context;
  const tk_convolution_shape *shape = &w->shape;
  const size_t first = index * w->rows_of_task;
  const size_t end = at_most(first + w->rows_of_task, shape->batch * shape->height);
  for (size_t row = first; row < end; row++)
    w->kernel(
        shape, w->gradient + row / shape->height * shape->output_height * shape->output_width * shape->channels,
        w->weights, row % shape->height, w->output + row * shape->width * shape->channels);
}

/// With stride 1 the gradient by the input is a convolution of the gradient with the kernel turned around. Returns false
/// where it is not, or there is no memory.
static bool convolve(const tk_convolution_shape *s, const float *gradient, const float *weights, float *output) {
  const size_t above = (s->kernel_height - 1) * s->dilation, before = (s->kernel_width - 1) * s->dilation;
  if (s->stride != 1 || s->padding_top > above || s->padding_left > before) return false;
  const size_t taps = s->kernel_height * s->kernel_width, channels = s->channels;
  float *turned = tk_memory_acquire(taps * channels * sizeof(float));
  if (!turned) return false;
  for (size_t tap = 0; tap < taps; tap++)
    memcpy(turned + tap * channels, weights + (taps - 1 - tap) * channels, channels * sizeof(float));
  tk_convolution_shape shape = *s;
  shape.height = s->output_height, shape.width = s->output_width;
  shape.output_height = s->height, shape.output_width = s->width;
  shape.padding_top = above - s->padding_top, shape.padding_left = before - s->padding_left;
  tk_depthwise_f32(shape, gradient, turned, output, (tk_epilogue){NULL, NULL, 0, TK_ACTIVATION_NONE});
  tk_memory_release(turned);
  return true;
}

void tk_depthwise_input_gradient_f32(
    tk_convolution_shape shape, const float *gradient, const float *weights, float *output) {
  const size_t rows = shape.batch * shape.height, work_of_row = shape.width * shape.channels;
  if (rows == 0 || work_of_row == 0) return;
  if (shape.output_height == 0 || shape.output_width == 0) {
    memset(output, 0, rows * work_of_row * sizeof(float));
    return;
  }
  if (convolve(&shape, gradient, weights, output)) return;
  input_work work = {
      shape, gradient, weights, output, shape.dilation == 1 ? TK_CHOOSE(input_table) : tk_depthwise_input_row_scalar,
      task_work / (4 * work_of_row) + 1};
  tk_parallel_for(ceil_div(rows, work.rows_of_task), input_task, &work);
}
