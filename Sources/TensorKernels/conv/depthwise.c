#include "depthwise.h"

static tk_depthwise_function *const kernels[] = TK_TABLE(tk_depthwise_row);

enum { task_work = 250000 };  // multiplications

typedef struct {
  tk_convolution_shape shape;
  const float *input, *weights;
  float *output;
  tk_epilogue epilogue;
  tk_depthwise_function *kernel;
  size_t rows_of_task;
} depthwise;

static void run_task(void *context, size_t index) {
  const depthwise *call = context;
  const tk_convolution_shape *shape = &call->shape;
  size_t rows = shape->batch * shape->output_height;
  size_t first = index * call->rows_of_task, end = first + call->rows_of_task;
  if (end > rows) end = rows;
  for (size_t row = first; row < end; row++)
    call->kernel(
        shape, call->input + row / shape->output_height * shape->height * shape->width * shape->channels,
        call->weights, call->output + row * shape->output_width * shape->channels, row % shape->output_height,
        &call->epilogue);
}

void tk_depthwise_f32(
    tk_convolution_shape shape, const float *input, const float *weights, float *output, tk_epilogue epilogue) {
  size_t rows = shape.batch * shape.output_height;
  size_t work_of_row = shape.output_width * shape.channels * shape.kernel_height * shape.kernel_width;
  if (rows == 0 || work_of_row == 0) return;
  depthwise call = {shape, input, weights, output, epilogue, TK_CHOOSE(kernels), task_work / work_of_row + 1};
  tk_parallel_for((rows + call.rows_of_task - 1) / call.rows_of_task, run_task, &call);
}
