#include "convolution.h"

static tk_convolution_function *const kernels[] = TK_TABLE(tk_convolution_positions);
static tk_convolution_rows_function *const rows_kernels[] = TK_TABLE(tk_convolution_rows);

enum {
  task_work = 500000,     // multiplications
  cached_numbers = 8192,  // of gathered columns in a first-level cache, where that holds `row_step` rows
  row_step = 42,          // a multiple of the tiles' heights, 14 and 6

  // Few outputs and short pieces, so that gathering takes much of the time, and rows of enough positions for high tiles.
  most_ungathered_outputs = 32,
  most_ungathered_piece = 64,
  least_ungathered_width = 24,
  ungathered_task_work = 1500000,  // the rows between two tasks are copied twice
};

typedef struct {
  tk_convolution_shape shape;
  const float *input, *packed;
  float *output;
  tk_epilogue epilogue;
  tk_convolution_function *kernel;
  size_t tasks;  // of one image
  size_t rows;   // gathered at once
} convolution;

static void run_task(void *context, size_t index) {
  const convolution *call = context;
  const tk_convolution_shape *shape = &call->shape;
  size_t image = index / call->tasks, task = index % call->tasks;
  size_t positions = shape->output_height * shape->output_width, n = shape->output_channels;
  size_t first = positions * task / call->tasks, end = positions * (task + 1) / call->tasks;
  size_t k = shape->kernel_height * shape->kernel_width * shape->channels;

  const float *input = call->input + image * shape->height * shape->width * shape->channels;
  float *output = call->output + image * positions * n;
  tk_epilogue epilogue = call->epilogue;
  if (epilogue.residual) epilogue.residual += image * positions * epilogue.residual_stride;

  float *columns = tk_memory_acquire(call->rows * k * sizeof(float));
  // The specification needs no memory: slow, but it goes on where the system has none.
  tk_convolution_function *kernel = columns ? call->kernel : tk_convolution_positions_scalar;
  kernel(shape, input, call->packed, output, &epilogue, first, end, columns, call->rows);
  tk_memory_release(columns);
}

typedef struct {
  tk_convolution_shape shape;
  const float *input, *packed;
  float *output;
  tk_epilogue epilogue;
  size_t tasks;  // of one image
} ungathered_convolution;

static void run_ungathered_task(void *context, size_t index) {
  const ungathered_convolution *call = context;
  const tk_convolution_shape *shape = &call->shape;
  size_t image = index / call->tasks, task = index % call->tasks;
  size_t positions = shape->output_height * shape->output_width;
  size_t first = shape->output_height * task / call->tasks, end = shape->output_height * (task + 1) / call->tasks;

  const float *input = call->input + image * shape->height * shape->width * shape->channels;
  float *output = call->output + image * positions * shape->output_channels;
  tk_epilogue epilogue = call->epilogue;
  if (epilogue.residual) epilogue.residual += image * positions * epilogue.residual_stride;

  float *scratch = tk_memory_acquire(tk_convolution_scratch(shape, end - first) * sizeof(float));
  tk_convolution_rows_function *kernel = scratch ? TK_CHOOSE(rows_kernels) : tk_convolution_rows_scalar;
  kernel(shape, input, call->packed, output, &epilogue, first, end, scratch);
  tk_memory_release(scratch);
}

void tk_convolution_f32(
    tk_convolution_shape shape, const float *input, const float *packed, float *output, tk_epilogue epilogue) {
  size_t positions = shape.output_height * shape.output_width;
  if (shape.batch == 0 || positions == 0 || shape.output_channels == 0) return;
  size_t k = shape.kernel_height * shape.kernel_width * shape.channels;

  if (shape.kernel_height == 1 && shape.kernel_width == 1 && shape.stride == 1 && shape.padding_top == 0 &&
      shape.padding_left == 0 && shape.output_height == shape.height && shape.output_width == shape.width) {
    tk_product_f32(
        shape.batch * positions, shape.output_channels, k, input, shape.channels, packed, output,
        shape.output_channels, epilogue);
    return;
  }
  size_t piece = (shape.dilation == 1 ? shape.kernel_width : 1) * shape.channels;
  if (k > 0 && shape.output_channels <= most_ungathered_outputs && piece <= most_ungathered_piece &&
      shape.output_width >= least_ungathered_width && shape.kernel_height * shape.kernel_width <= TK_MOST_TAPS) {
    size_t rows = ungathered_task_work / (k * shape.output_channels * shape.output_width + 1);
    size_t tasks = rows > 1 ? (shape.output_height + rows - 1) / rows : shape.output_height;
    ungathered_convolution call = {shape, input, packed, output, epilogue, tasks};
    tk_parallel_for(shape.batch * tasks, run_ungathered_task, &call);
    return;
  }
  size_t steps = cached_numbers / (k * row_step + 1), rows = (steps > 0 ? steps : 1) * row_step;
  size_t rows_of_task = task_work / (k * shape.output_channels + 1) / rows * rows;
  if (rows_of_task < rows) rows_of_task = rows;
  convolution call = {
      shape, input, packed, output, epilogue, TK_CHOOSE(kernels), (positions + rows_of_task - 1) / rows_of_task, rows};
  tk_parallel_for(shape.batch * call.tasks, run_task, &call);
}
