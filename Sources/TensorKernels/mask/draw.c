#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include "mask.h"

// Both functions compute the same numbers: along a row, between the centres of two neighbouring cells, the logit is
// a + f * (b - a) with f growing from column to column. Rounding keeps it monotonic, so whether two ends of such a segment
// are above a threshold tells it for the columns between them, and one bisection finds where the sides change.

enum { ROWS_A_TASK = 64, SEGMENTS = 64, COLUMNS = 256 };
static const float outside = -10;

/// One axis of a box drawn on `size` pixels.
typedef struct {
  size_t grid, size;
  double centre, extent;
  size_t begin, end;  // the pixels whose centres are inside
} axis;

/// The coordinate of pixel `i` in -1...1 of the grid.
static double coordinate(const axis *a, size_t i) {
  return 2 * (((double)i + 0.5) / (double)a->size - a->centre) / a->extent;
}

/// The coordinate in cells, clamped to the outermost centres.
static double cell_of(const axis *a, size_t i) {
  const double cell = ((coordinate(a, i) + 1) * (double)a->grid - 1) / 2, last = (double)(a->grid - 1);
  return cell < 0 ? 0 : cell > last ? last : cell;
}

/// The first pixel of `from` ..< `to` at cell `cell` or beyond, or `to`.
static size_t first_at(const axis *a, size_t from, size_t to, double cell) {
  while (from < to) {
    const size_t middle = from + (to - from) / 2;
    if (cell_of(a, middle) < cell)
      from = middle + 1;
    else
      to = middle;
  }
  return from;
}

static axis make_axis(size_t grid, size_t size, float centre, float box_size, float extent) {
  axis a = {grid, size, centre, (box_size < 1e-4 ? 1e-4 : box_size) * (double)extent, 0, 0};
  if (grid == 0 || !isfinite(centre) || !isfinite(box_size)) return a;
  size_t low = 0, high = size;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (coordinate(&a, middle) < -1)
      low = middle + 1;
    else
      high = middle;
  }
  a.begin = low;
  high = size;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (coordinate(&a, middle) <= 1)
      low = middle + 1;
    else
      high = middle;
  }
  a.end = low;
  return a;
}

/// The two rows of a grid that pixel row `y` lies between, and the share of the lower one.
typedef struct {
  const float *upper, *lower;
  float share;
} rows_of_grid;

static rows_of_grid rows_at(const axis *a, const float *logits, size_t y) {
  const double cell = cell_of(a, y);
  const size_t first = (size_t)cell, second = first + 1 < a->grid ? first + 1 : first;
  return (rows_of_grid){logits + first * a->grid, logits + second * a->grid, (float)(cell - (double)first)};
}

static float value_at(rows_of_grid rows, size_t column) {
  return rows.upper[column] + rows.share * (rows.lower[column] - rows.upper[column]);
}

// --------------------------------------------------------------------------------------------------------------- logits

typedef struct {
  const float *logits;
  axis x, y;
  float *output;
} draw_work;

static void draw_task(void *context, size_t index) {
  const draw_work *w = context;
  const axis *x = &w->x;
  const size_t first = index * ROWS_A_TASK, width = x->size;
  const size_t end = first + ROWS_A_TASK < w->y.size ? first + ROWS_A_TASK : w->y.size;
  for (size_t y = first; y < end; y++) {
    float *row = w->output + y * width;
    const bool inside = y >= w->y.begin && y < w->y.end;
    for (size_t i = 0; i < (inside ? x->begin : width); i++) row[i] = outside;
    for (size_t i = inside ? x->end : width; i < width; i++) row[i] = outside;
  }
  for (size_t column = x->begin; column < x->end; column += COLUMNS) {
    const size_t count = x->end - column < COLUMNS ? x->end - column : COLUMNS;
    size_t cells[COLUMNS];
    float shares[COLUMNS];
    for (size_t i = 0; i < count; i++) {
      const double cell = cell_of(x, column + i);
      cells[i] = (size_t)cell;
      shares[i] = (float)(cell - (double)cells[i]);
    }
    for (size_t y = first < w->y.begin ? w->y.begin : first; y < end && y < w->y.end; y++) {
      const rows_of_grid rows = rows_at(&w->y, w->logits, y);
      float *out = w->output + y * width + column;
      for (size_t i = 0; i < count;) {
        const size_t cell = cells[i];
        const float left = value_at(rows, cell), right = value_at(rows, cell + 1 < x->grid ? cell + 1 : cell);
        for (; i < count && cells[i] == cell; i++) out[i] = left + shares[i] * (right - left);
      }
    }
  }
}

void tk_draw_grid_f32(
    size_t grid, const float *logits, const float box[_Nonnull 4], float extent, size_t height, size_t width,
    float *output) {
  if (width == 0) return;
  draw_work work = {
      logits, make_axis(grid, width, box[0], box[2], extent), make_axis(grid, height, box[1], box[3], extent), output};
  tk_parallel_for((height + ROWS_A_TASK - 1) / ROWS_A_TASK, draw_task, &work);
}

// --------------------------------------------------------------------------------------------------------------- bitmap

/// Columns between the centres of two neighbouring cells.
typedef struct {
  size_t cell, begin, end;
  float first_share, last_share;
} segment;

static float share_of(const axis *a, size_t column, size_t cell) { return (float)(cell_of(a, column) - (double)cell); }

/// Fills `segments` from column `*column` on; the number of them.
static size_t make_segments(const axis *a, size_t *column, segment *segments) {
  size_t count = 0;
  while (count < SEGMENTS && *column < a->end) {
    const size_t cell = (size_t)cell_of(a, *column), end = first_at(a, *column, a->end, (double)(cell + 1));
    segments[count++] =
        (segment){cell, *column, end, share_of(a, *column, cell), share_of(a, end - 1, cell)};
    *column = end;
  }
  return count;
}

/// Columns of a segment above `threshold`; `*from` is the first of them.
static size_t columns_above(
    const axis *a, const segment *s, float left, float slope, float threshold, size_t *from) {
  const bool first = left + s->first_share * slope > threshold, last = left + s->last_share * slope > threshold;
  *from = s->begin;
  if (first == last) return first ? s->end - s->begin : 0;
  size_t low = s->begin + 1, high = s->end - 1;  // the first column on the last one's side
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if ((left + share_of(a, middle, s->cell) * slope > threshold) == first)
      low = middle + 1;
    else
      high = middle;
  }
  if (first) return low - s->begin;
  *from = low;
  return s->end - low;
}

typedef struct {
  const float *logits;
  axis x, y;
  uint8_t *bitmap;
  _Atomic size_t above_one, above_zero, above_minus_one;
} bitmap_work;

static void bitmap_task(void *context, size_t index) {
  bitmap_work *w = context;
  const axis *x = &w->x;
  const size_t first = index * ROWS_A_TASK, width = x->size;
  const size_t end = first + ROWS_A_TASK < w->y.size ? first + ROWS_A_TASK : w->y.size;
  memset(w->bitmap + first * width, 0, (end - first) * width);
  const size_t top = first < w->y.begin ? w->y.begin : first, bottom = end < w->y.end ? end : w->y.end;
  tk_logit_counts counts = {0, 0, 0};
  segment segments[SEGMENTS];
  for (size_t column = x->begin; top < bottom && column < x->end;) {
    const size_t count = make_segments(x, &column, segments);
    for (size_t y = top; y < bottom; y++) {
      const rows_of_grid rows = rows_at(&w->y, w->logits, y);
      uint8_t *row = w->bitmap + y * width;
      for (size_t i = 0; i < count; i++) {
        const segment *s = segments + i;
        const float left = value_at(rows, s->cell);
        const float slope = value_at(rows, s->cell + 1 < x->grid ? s->cell + 1 : s->cell) - left;
        size_t from;
        counts.above_one += columns_above(x, s, left, slope, 1, &from);
        counts.above_minus_one += columns_above(x, s, left, slope, -1, &from);
        const size_t set = columns_above(x, s, left, slope, 0, &from);
        counts.above_zero += set;
        memset(row + from, 1, set);
      }
    }
  }
  w->above_one += counts.above_one;
  w->above_zero += counts.above_zero;
  w->above_minus_one += counts.above_minus_one;
}

tk_logit_counts tk_draw_grid_bitmap(
    size_t grid, const float *logits, const float box[_Nonnull 4], float extent, size_t height, size_t width,
    uint8_t *bitmap) {
  bitmap_work work = {
      logits, make_axis(grid, width, box[0], box[2], extent), make_axis(grid, height, box[1], box[3], extent), bitmap,
      0, 0, 0};
  if (width) tk_parallel_for((height + ROWS_A_TASK - 1) / ROWS_A_TASK, bitmap_task, &work);
  return (tk_logit_counts){work.above_one, work.above_zero, work.above_minus_one};
}
