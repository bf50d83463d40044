#include <string.h>

#include "../gemm/outer.h"
#include "../runtime/isa.h"

static tk_outer_function *const outer_table[] = TK_TABLE(tk_outer_block);

static size_t at_most(size_t a, size_t b) { return a < b ? a : b; }
static size_t ceil_div(size_t a, size_t b) { return (a + b - 1) / b; }

// -------------------------------------------------------------------------------------------------------------- weights

enum {
  task_work = 1000000,      // multiplications
  most_tasks = 32,
  part_numbers = 1 << 20,   // of all parts that are summed by themselves
};

typedef struct {
  tk_convolution_shape shape;
  const float *input, *gradient;
  float *output;  // [parts, kh*kw, C, C']
  tk_outer_function *kernel;
  size_t parts;   // of the rows of the output
} weights_work;

/// The output places `*first ..< *end` whose tap at `reach` (in input places, padding included) lies inside.
static void inside(
    size_t reach, size_t stride, size_t padding, size_t size, size_t outputs, size_t *first, size_t *end) {
  *first = reach < padding ? ceil_div(padding - reach, stride) : 0;
  *end = reach >= size + padding ? 0 : at_most(outputs, (size + padding - reach - 1) / stride + 1);
  if (*first > *end) *first = *end;
}

/// One tap of the kernel over one part of the rows: no columns are gathered, for the inputs under a tap of successive
/// places of a row are rows of a matrix themselves.
static void weights_task(void *context, size_t index) {
  const weights_work *w = context;
  const tk_convolution_shape *s = &w->shape;
  const size_t taps = s->kernel_height * s->kernel_width, channels = s->channels, n = s->output_channels;
  const size_t part = index / taps, tap = index % taps;
  const size_t down = tap / s->kernel_width * s->dilation, right = tap % s->kernel_width * s->dilation;
  float *output = w->output + index * channels * n;

  const size_t rows = s->batch * s->output_height;
  size_t x, end_x, y, end_y;
  inside(right, s->stride, s->padding_left, s->width, s->output_width, &x, &end_x);
  inside(down, s->stride, s->padding_top, s->height, s->output_height, &y, &end_y);
  bool is_first = true;
  for (size_t row = rows * part / w->parts; row < rows * (part + 1) / w->parts && x < end_x; row++) {
    const size_t image = row / s->output_height, output_y = row % s->output_height;
    if (output_y < y || output_y >= end_y) continue;
    const size_t input_row = image * s->height + output_y * s->stride + down - s->padding_top;
    const size_t column = x * s->stride + right - s->padding_left;
    w->kernel(
        end_x - x, channels, n, w->input + (input_row * s->width + column) * channels, s->stride * channels,
        w->gradient + (row * s->output_width + x) * n, n, !is_first, output, n);
    is_first = false;
  }
  if (is_first) memset(output, 0, channels * n * sizeof(float));
}

void tk_convolution_weights_gradient_f32(
    tk_convolution_shape s, const float *input, const float *gradient, float *output) {
  const size_t taps = s.kernel_height * s.kernel_width, rows = s.batch * s.output_height;
  const size_t numbers = taps * s.channels * s.output_channels;
  if (numbers == 0) return;
  if (taps == 1 && s.stride == 1 && s.padding_top == 0 && s.padding_left == 0 && s.output_height == s.height &&
      s.output_width == s.width) {
    tk_outer_product_f32(
        rows * s.output_width, s.channels, s.output_channels, input, s.channels, gradient, s.output_channels, output);
    return;
  }
  const size_t tasks = at_most(most_tasks, ceil_div(rows * s.output_width * numbers, task_work));
  size_t parts = at_most(ceil_div(tasks, taps), part_numbers / numbers + 1);
  float *sums = parts > 1 ? tk_memory_acquire(parts * numbers * sizeof(float)) : NULL;
  if (!sums) parts = 1;
  weights_work work = {s, input, gradient, sums ? sums : output, TK_CHOOSE(outer_table), parts};
  tk_parallel_for(parts * taps, weights_task, &work);
  if (sums) tk_add_parts(numbers, parts, sums, output);
  tk_memory_release(sums);
}

// ---------------------------------------------------------------------------------------------------------------- input

typedef struct {
  tk_convolution_shape shape;
  const float *columns;
  float *output;
} scatter_work;

/// A row of the input: the columns in which it stands, in the order of the taps.
static void scatter_task(void *context, size_t index) {
  const scatter_work *w = context;
  const tk_convolution_shape *s = &w->shape;
  const size_t channels = s->channels, run = s->kernel_height * s->kernel_width * channels;
  const size_t image = index / s->height, y = index % s->height;
  float *output = w->output + index * s->width * channels;
  memset(output, 0, s->width * channels * sizeof(float));
  for (size_t i = 0; i < s->kernel_height; i++) {
    const size_t down = i * s->dilation;
    if (y + s->padding_top < down || (y + s->padding_top - down) % s->stride) continue;
    const size_t output_y = (y + s->padding_top - down) / s->stride;
    if (output_y >= s->output_height) continue;
    const float *row = w->columns + (image * s->output_height + output_y) * s->output_width * run;
    for (size_t j = 0; j < s->kernel_width; j++) {
      const size_t right = j * s->dilation;
      size_t first, end;
      inside(right, s->stride, s->padding_left, s->width, s->output_width, &first, &end);
      for (size_t x = first; x < end; x++) {
        const float *restrict from = row + x * run + (i * s->kernel_width + j) * channels;
        float *restrict to = output + (x * s->stride + right - s->padding_left) * channels;
        for (size_t c = 0; c < channels; c++) to[c] += from[c];
      }
    }
  }
}

void tk_scatter_columns_f32(tk_convolution_shape shape, const float *columns, float *output) {
  scatter_work work = {shape, columns, output};
  tk_parallel_for(shape.batch * shape.height, scatter_task, &work);
}
