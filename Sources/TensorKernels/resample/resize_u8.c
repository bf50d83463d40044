#include <stdatomic.h>
#include <string.h>

#include "resample.h"

static tk_cubic_columns *const columns_table[] = TK_TABLE(tk_cubic_columns);
static tk_cubic_row *const row_table[] = TK_TABLE(tk_cubic_row);

/// Keys, "Cubic convolution interpolation for digital image processing" (1981), with a = -0.5.
static double cubic(double x) {
  const double a = -0.5;
  x = fabs(x);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
  return 0;
}

static double triangle(double x) {
  x = fabs(x);
  return x < 1 ? 1 - x : 0;
}

/// A kernel and the distance from which on it is 0.
typedef struct {
  double support;
  double (*weight)(double);
} filter;

static const filter bicubic = {2, cubic}, bilinear = {1, triangle};

/// Bytes that the taps of one axis take, and their greatest number an output.
static size_t taps_size(const filter *kernel, size_t size, size_t output_size, size_t *most) {
  const double scale = (double)size / (double)output_size;
  const size_t widest = (size_t)ceil(kernel->support * (scale > 1 ? scale : 1)) * 2 + 1;
  *most = widest < size ? widest : size;
  // Weights once in double precision, of one output at a time, before the integers.
  return *most * sizeof(double) + output_size * (2 + *most) * sizeof(int32_t);
}

static tk_cubic_taps make_taps(const filter *kernel, size_t size, size_t output_size, size_t most, void *memory) {
  double *exact = memory;
  int32_t *first = (int32_t *)(exact + most), *counts = first + output_size, *weights = counts + output_size;
  const double scale = (double)size / (double)output_size, widening = scale > 1 ? scale : 1;
  const double support = kernel->support * widening;
  for (size_t i = 0; i < output_size; i++) {
    const double centre = ((double)i + 0.5) * scale;
    const double begin = centre - support + 0.5, end = centre + support + 0.5;
    const size_t low = begin > 0 ? (size_t)begin : 0, high = (size_t)end < size ? (size_t)end : size;
    const size_t count = high - low < most ? high - low : most;
    double sum = 0;
    for (size_t k = 0; k < count; k++) {
      exact[k] = kernel->weight(((double)(low + k) - centre + 0.5) * (1 / widening));
      sum += exact[k];
    }
    for (size_t k = 0; k < count; k++) {
      const double weight = exact[k] / sum * (1 << TK_CUBIC_BITS);
      weights[i * most + k] = (int32_t)(weight < 0 ? weight - 0.5 : weight + 0.5);
    }
    first[i] = (int32_t)low;
    counts[i] = (int32_t)count;
  }
  return (tk_cubic_taps){output_size, most, first, counts, weights};
}

typedef struct {
  tk_cubic_taps taps;
  size_t height, width, channels;
  const uint8_t *input;
  size_t stride;
  uint8_t *output;
  _Atomic bool failed;
} pass;

static void columns_task(void *context, size_t index) {
  pass *p = context;
  const size_t first = index * TK_CUBIC_ROWS, rest = p->height - first;
  uint8_t *scratch = tk_memory_acquire(p->width * p->channels * TK_CUBIC_ROWS);
  if (!scratch) {
    atomic_store(&p->failed, true);
    return;
  }
  TK_CHOOSE(columns_table)
  (&p->taps, rest < TK_CUBIC_ROWS ? rest : TK_CUBIC_ROWS, p->width, p->channels, p->input + first * p->stride,
   p->stride, p->output + first * p->taps.count * p->channels, scratch);
  tk_memory_release(scratch);
}

/// Resizes rows of `width` pixels to `output_width`.
static bool horizontal(
    const filter *kernel, size_t height, size_t width, size_t channels, const uint8_t *input, size_t stride,
    size_t output_width, uint8_t *output) {
  size_t most;
  void *memory = tk_memory_acquire(taps_size(kernel, width, output_width, &most));
  if (!memory) return false;
  const tk_cubic_taps taps = make_taps(kernel, width, output_width, most, memory);
  pass work = {taps, height, width, channels, input, stride, output, false};
  tk_parallel_for((height + TK_CUBIC_ROWS - 1) / TK_CUBIC_ROWS, columns_task, &work);
  tk_memory_release(memory);
  return !work.failed;
}

static void row_task(void *context, size_t index) {
  const pass *p = context;
  const size_t bytes = p->width * p->channels;
  TK_CHOOSE(row_table)(&p->taps, index, bytes, p->input, p->stride, p->output + index * bytes);
}

/// Resizes `height` rows to `output_height`.
static bool vertical(
    const filter *kernel, size_t height, size_t width, size_t channels, const uint8_t *input, size_t stride,
    size_t output_height, uint8_t *output) {
  size_t most;
  void *memory = tk_memory_acquire(taps_size(kernel, height, output_height, &most));
  if (!memory) return false;
  const tk_cubic_taps taps = make_taps(kernel, height, output_height, most, memory);
  pass work = {taps, height, width, channels, input, stride, output, false};
  tk_parallel_for(output_height, row_task, &work);
  tk_memory_release(memory);
  return true;
}

static bool resize(
    const filter *kernel, size_t height, size_t width, size_t channels, const uint8_t *input, size_t stride,
    size_t output_height, size_t output_width, uint8_t *output) {
  if (height == 0 || width == 0 || channels == 0 || output_height == 0 || output_width == 0) return true;
  if (height == output_height && width == output_width) {
    for (size_t y = 0; y < height; y++)
      memcpy(output + y * width * channels, input + y * stride, width * channels);
    return true;
  }
  if (height == output_height) return horizontal(kernel, height, width, channels, input, stride, output_width, output);
  if (width == output_width) return vertical(kernel, height, width, channels, input, stride, output_height, output);
  uint8_t *between = tk_memory_acquire(height * output_width * channels);
  if (!between) return false;
  const bool done =
      horizontal(kernel, height, width, channels, input, stride, output_width, between) &&
      vertical(kernel, height, output_width, channels, between, output_width * channels, output_height, output);
  tk_memory_release(between);
  return done;
}

bool tk_resize_bicubic_u8(
    size_t height, size_t width, size_t channels, const uint8_t *input, size_t stride, size_t output_height,
    size_t output_width, uint8_t *output) {
  return resize(&bicubic, height, width, channels, input, stride, output_height, output_width, output);
}

bool tk_resize_bilinear_u8(
    size_t height, size_t width, size_t channels, const uint8_t *input, size_t stride, size_t output_height,
    size_t output_width, uint8_t *output) {
  return resize(&bilinear, height, width, channels, input, stride, output_height, output_width, output);
}
