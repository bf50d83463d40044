#include "convolution.h"

static tk_convolution_function *const kernels[] = TK_TABLE(tk_convolution_positions);

enum {
  task_work = 500000,     // multiplications
  cached_numbers = 8192,  // of gathered columns in a first-level cache, where that holds `row_step` rows
  row_step = 42,          // a multiple of the tiles' heights, 14 and 6
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
  size_t steps = cached_numbers / (k * row_step + 1), rows = (steps > 0 ? steps : 1) * row_step;
  size_t rows_of_task = task_work / (k * shape.output_channels + 1) / rows * rows;
  if (rows_of_task < rows) rows_of_task = rows;
  convolution call = {
      shape, input, packed, output, epilogue, TK_CHOOSE(kernels), (positions + rows_of_task - 1) / rows_of_task, rows};
  tk_parallel_for(shape.batch * call.tasks, run_task, &call);
}
