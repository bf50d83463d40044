// Dense convolution as a product whose rows are gathered block by block: the columns of a block fit the second-level
// cache, and the matrix of all of them never exists.
#include "convolution.h"

#include <string.h>

#include "../gemm/product.h"

enum {
  task_work = 500000,  // multiplications
  row_step = 42,       // a multiple of the tiles' heights, 14 and 6
};

typedef struct {
  tk_convolution_shape shape;
  const float *input, *packed;
  float *output;
  tk_epilogue epilogue;
  tk_product_function *kernel;
  bool scalar;
  size_t blocks;  // of one image
} convolution;

static void copy_or_clear(float *to, const float *from, size_t count) {
  if (from)
    memcpy(to, from, count * sizeof(float));
  else
    memset(to, 0, count * sizeof(float));
}

/// One row of the kernel at input columns `x`, `x + dilation`, ... of `row` (NULL: beyond the edge).
static void gather_row(const tk_convolution_shape *shape, const float *row, ptrdiff_t x, float *to) {
  size_t channels = shape->channels, taps = shape->kernel_width;
  ptrdiff_t width = (ptrdiff_t)shape->width, step = (ptrdiff_t)shape->dilation;
  if (!row || (step == 1 && x >= 0 && x + (ptrdiff_t)taps <= width)) {
    copy_or_clear(to, row ? row + (size_t)x * channels : NULL, taps * channels);
    return;
  }
  for (size_t i = 0; i < taps; i++, x += step, to += channels)
    copy_or_clear(to, x >= 0 && x < width ? row + (size_t)x * channels : NULL, channels);
}

static void gather(
    const tk_convolution_shape *shape, const float *input, size_t first, size_t end, float *columns) {
  size_t run = shape->kernel_width * shape->channels;
  for (size_t position = first; position < end; position++) {
    ptrdiff_t y = (ptrdiff_t)(position / shape->output_width * shape->stride) - (ptrdiff_t)shape->padding_top;
    ptrdiff_t x = (ptrdiff_t)(position % shape->output_width * shape->stride) - (ptrdiff_t)shape->padding_left;
    for (size_t i = 0; i < shape->kernel_height; i++, y += (ptrdiff_t)shape->dilation, columns += run) {
      bool inside = y >= 0 && y < (ptrdiff_t)shape->height;
      gather_row(shape, inside ? input + (size_t)y * shape->width * shape->channels : NULL, x, columns);
    }
  }
}

static void run_task(void *context, size_t index) {
  const convolution *call = context;
  const tk_convolution_shape *shape = &call->shape;
  size_t image = index / call->blocks, block = index % call->blocks;
  size_t positions = shape->output_height * shape->output_width, n = shape->output_channels;
  size_t first = positions * block / call->blocks, end = positions * (block + 1) / call->blocks;
  size_t k = shape->kernel_height * shape->kernel_width * shape->channels;

  const float *input = call->input + image * shape->height * shape->width * shape->channels;
  float *output = call->output + image * positions * n;
  tk_epilogue epilogue = call->epilogue;
  if (epilogue.residual) epilogue.residual += image * positions * epilogue.residual_stride;

  float *columns = call->scalar ? NULL : tk_memory_acquire((end - first) * k * sizeof(float));
  if (!columns) {
    // The specification needs no memory: slow, but it goes on where the system has none.
    tk_convolution_positions_scalar(shape, input, call->packed, output, &epilogue, first, end);
    return;
  }
  gather(shape, input, first, end, columns);
  if (epilogue.residual) epilogue.residual += first * epilogue.residual_stride;
  call->kernel(end - first, n, k, columns, k, call->packed, output + first * n, n, &epilogue);
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
  size_t work_of_step = row_step * k * shape.output_channels;
  size_t rows = row_step * (work_of_step < task_work ? (task_work + work_of_step - 1) / (work_of_step + 1) : 1);
  size_t row_block = tk_product_row_block(k);
  if (rows > row_block) rows = row_block;
  convolution call = {
      shape, input, packed, output, epilogue, tk_product_kernel(), tk_current_isa() == TK_ISA_SCALAR,
      (positions + rows - 1) / rows};
  tk_parallel_for(shape.batch * call.blocks, run_task, &call);
}
