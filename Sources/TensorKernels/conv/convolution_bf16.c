// Dense convolution in bf16: rows are gathered and rounded block by block, then multiplied as pairs.
#include "convolution_bf16.h"

#include <string.h>

#include "../gemm/product_bf16.h"

enum {
  task_work = 1000000,     // multiplications
  cached_numbers = 16384,  // of gathered columns, where that holds `row_step` rows
  row_step = 42,           // a multiple of the tiles' height, 14
};

typedef struct {
  tk_convolution_shape shape;
  const float *input;
  const uint16_t *packed;
  float *output;
  tk_epilogue epilogue;
  tk_bf16_kernels kernels;
  size_t tasks;  // of one image
  size_t rows;   // gathered at once
} convolution;

/// The inputs of output position (`output_y`, `output_x`), rounded; zeros beyond the edges.
static void gather(
    const tk_convolution_shape *shape, tk_narrow *narrow, const float *input, size_t output_y, size_t output_x,
    uint16_t *columns) {
  size_t channels = shape->channels, taps = shape->kernel_width;
  ptrdiff_t height = (ptrdiff_t)shape->height, width = (ptrdiff_t)shape->width, step = (ptrdiff_t)shape->dilation;
  ptrdiff_t left = (ptrdiff_t)(output_x * shape->stride) - (ptrdiff_t)shape->padding_left;
  ptrdiff_t y = (ptrdiff_t)(output_y * shape->stride) - (ptrdiff_t)shape->padding_top;
  bool is_whole = step == 1 && left >= 0 && left + (ptrdiff_t)taps <= width;
  for (size_t i = 0; i < shape->kernel_height; i++, y += step, columns += taps * channels) {
    const float *row = input + y * width * (ptrdiff_t)channels;
    if (y < 0 || y >= height)
      memset(columns, 0, taps * channels * sizeof *columns);
    else if (is_whole)
      narrow(taps * channels, row + left * (ptrdiff_t)channels, columns);
    else
      for (size_t tap = 0; tap < taps; tap++) {
        ptrdiff_t x = left + (ptrdiff_t)tap * step;
        if (x >= 0 && x < width)
          narrow(channels, row + x * (ptrdiff_t)channels, columns + tap * channels);
        else
          memset(columns + tap * channels, 0, channels * sizeof *columns);
      }
  }
}

static void run_task(void *context, size_t index) {
  const convolution *call = context;
  const tk_convolution_shape *shape = &call->shape;
  size_t image = index / call->tasks, task = index % call->tasks;
  size_t positions = shape->output_height * shape->output_width, n = shape->output_channels;
  size_t first = positions * task / call->tasks, end = positions * (task + 1) / call->tasks;
  size_t k = shape->kernel_height * shape->kernel_width * shape->channels;
  size_t pairs = tk_pairs(k), stride = tk_pair_stride(pairs);

  const float *input = call->input + image * shape->height * shape->width * shape->channels;
  float *output = call->output + image * positions * n;
  tk_epilogue epilogue = call->epilogue;
  if (epilogue.residual) epilogue.residual += image * positions * epilogue.residual_stride;

  float *columns = call->kernels.product ? tk_memory_acquire(call->rows * stride * sizeof(float)) : NULL;
  if (!columns) {  // The specification needs no memory.
    tk_convolution_bf16_scalar(shape, input, call->packed, output, &epilogue, first, end);
    return;
  }
  for (size_t next; first < end; first = next) {
    next = end - first < call->rows ? end : first + call->rows;
    for (size_t position = first; position < next; position++) {
      uint16_t *row = (uint16_t *)(columns + (position - first) * stride);
      gather(
          shape, call->kernels.narrow, input, position / shape->output_width, position % shape->output_width, row);
      if (k % 2) row[k] = 0;
    }
    tk_epilogue of_block = epilogue;
    if (of_block.residual) of_block.residual += first * of_block.residual_stride;
    call->kernels.product(
        next - first, n, pairs, columns, stride, (const float *)call->packed, output + first * n, n, &of_block);
  }
  tk_memory_release(columns);
}

void tk_convolution_bf16(
    tk_convolution_shape shape, const float *input, const uint16_t *packed, float *output, tk_epilogue epilogue) {
  size_t positions = shape.output_height * shape.output_width;
  if (shape.batch == 0 || positions == 0 || shape.output_channels == 0) return;
  size_t k = shape.kernel_height * shape.kernel_width * shape.channels;

  if (shape.kernel_height == 1 && shape.kernel_width == 1 && shape.stride == 1 && shape.padding_top == 0 &&
      shape.padding_left == 0 && shape.output_height == shape.height && shape.output_width == shape.width) {
    tk_product_bf16(
        shape.batch * positions, shape.output_channels, k, input, shape.channels, packed, output,
        shape.output_channels, epilogue);
    return;
  }
  size_t steps = cached_numbers / (k * row_step + 1), rows = (steps > 0 ? steps : 1) * row_step;
  size_t rows_of_task = task_work / (k * shape.output_channels + 1) / rows * rows;
  if (rows_of_task < rows) rows_of_task = rows;
  convolution call = {shape, input, packed, output, epilogue, tk_choose_bf16(),
                      (positions + rows_of_task - 1) / rows_of_task, rows};
  tk_parallel_for(shape.batch * call.tasks, run_task, &call);
}
