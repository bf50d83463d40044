// Inner loops of resizing, sampling and normalising; one thread each.
#ifndef TK_RESAMPLE_H
#define TK_RESAMPLE_H

#include <math.h>

#include "../runtime/isa.h"

/// Where bilinear interpolation reads along one axis: `(1 - fraction) * [first] + fraction * [second]`.
typedef struct {
  size_t first, second;
  float fraction;
} tk_bilinear_taps;

/// The taps at coordinate `at` (in cells, 0 at the first cell's centre) of `size` cells, clamped to their centres; a NaN
/// counts as 0.
static inline tk_bilinear_taps tk_taps_at(double at, size_t size) {
  if (!(at > 0)) return (tk_bilinear_taps){0, 0, 0};
  if (at >= (double)(size - 1)) return (tk_bilinear_taps){size - 1, size - 1, 0};
  const double low = floor(at);
  return (tk_bilinear_taps){(size_t)low, (size_t)low + 1, (float)(at - low)};
}

/// The taps of output cell `i` of `output_size`: align_corners false.
static inline tk_bilinear_taps tk_resize_taps(size_t i, size_t size, size_t output_size) {
  return tk_taps_at(((double)i + 0.5) * ((double)size / (double)output_size) - 0.5, size);
}

/// The taps of cell `i` of `grid` over `extent` times a box, along an axis on which it has this centre and size.
static inline tk_bilinear_taps tk_sample_taps(
    size_t i, size_t grid, float extent, float centre, float box_size, size_t size) {
  const double t = (((double)i + 0.5) / (double)grid - 0.5) * extent;
  return tk_taps_at((centre + t * box_size) * (double)size - 0.5, size);
}

/// Columns whose taps are computed at a time and then used for all rows of a task.
#define TK_RESAMPLE_COLUMNS 64

/// A row of output cells: cell j is blended from the cells `upper[taps[j]]` and `lower[taps[j]]` of `channels` numbers,
/// `lower` having the share `fraction`, and stored at `output + j * output_stride`, or added to what stands there.
typedef void tk_bilinear_row(
    size_t count, size_t channels, const tk_bilinear_taps *taps, const float *upper, const float *lower, float fraction,
    bool accumulate, float *output, size_t output_stride);
TK_DECLARE_ISAS(tk_bilinear_row, tk_bilinear_row);

/// `(byte - mean) / deviation` of `count` RGB pixels.
typedef void tk_normalize_row(
    size_t count, const uint8_t *input, const float *mean, const float *deviation, float *output);
TK_DECLARE_ISAS(tk_normalize_row, tk_normalize_row);

/// The weights of a bicubic resize along one axis, in units of 2^-22: output i is the sum over k < `counts[i]` of
/// `weights[i * most + k]` times input `first[i] + k`.
typedef struct {
  size_t count, most;
  const int32_t *first, *counts, *weights;
} tk_cubic_taps;

/// Fractional bits of the weights.
#define TK_CUBIC_BITS 22
/// Rows of one call of `tk_cubic_columns`.
#define TK_CUBIC_ROWS 16

/// Resizes `rows` (1 ... TK_CUBIC_ROWS) rows of `width` pixels horizontally; rows of the output are dense. `scratch` has
/// `width * channels * TK_CUBIC_ROWS` bytes.
typedef void tk_cubic_columns(
    const tk_cubic_taps *taps, size_t rows, size_t width, size_t channels, const uint8_t *input, size_t stride,
    uint8_t *restrict output, uint8_t *restrict scratch);
TK_DECLARE_ISAS(tk_cubic_columns, tk_cubic_columns);

/// Row `index` of a vertical resize of rows of `bytes` bytes.
typedef void tk_cubic_row(
    const tk_cubic_taps *taps, size_t index, size_t bytes, const uint8_t *input, size_t stride,
    uint8_t *restrict output);
TK_DECLARE_ISAS(tk_cubic_row, tk_cubic_row);

#endif
