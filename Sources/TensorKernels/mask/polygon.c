#include <math.h>
#include <stdlib.h>

#include "mask.h"

// COCO walks every edge in steps of a fifth of a pixel and keeps the steps that cross the middle of a pixel column. Here
// those steps are found without walking: an edge costs what it crosses, however long it is.

/// An edge in fifths of a pixel, turned so that the longer axis rises.
typedef struct {
  int64_t x0, y0, x1, y1;
  double slope;      // of the shorter axis over the longer one
  bool is_steep;     // y is the longer axis
  bool goes_right;   // as the polygon runs
} edge;

static int64_t fifths(double coordinate) { return (int64_t)(5 * coordinate + 0.5); }

static edge edge_between(const double *from, const double *to) {
  edge e = {fifths(from[0]), fifths(from[1]), fifths(to[0]), fifths(to[1]), 0, false, false};
  const int64_t dx = llabs(e.x1 - e.x0), dy = llabs(e.y1 - e.y0);
  e.is_steep = dy > dx;
  e.goes_right = e.x1 > e.x0;
  if (e.is_steep ? e.y0 > e.y1 : e.x0 > e.x1) e = (edge){e.x1, e.y1, e.x0, e.y0, 0, e.is_steep, e.goes_right};
  if (dx > 0 || dy > 0) e.slope = e.is_steep ? (double)(e.x1 - e.x0) / (double)dy : (double)(e.y1 - e.y0) / (double)dx;
  return e;
}

/// The other coordinate after `t` steps from the first end, cut towards zero as C's cast does.
static int64_t other(int64_t start, double slope, int64_t t) { return (int64_t)((double)start + slope * (double)t + 0.5); }

/// Whether `t` steps down a steep edge have led over the middle of a column: from `left` to `left + 1` or back.
static bool is_across(const edge *e, int64_t left, int64_t t) {
  const int64_t x = other(e->x0, e->slope, t);
  return e->slope > 0 ? x > left : x <= left;
}

/// The smaller y, in fifths, of the step that crosses from `left` to `left + 1` or back; false where COCO's rounding
/// makes the edge jump over it.
static bool crossing(const edge *e, int64_t left, int64_t *y) {
  if (!e->is_steep) {
    const int64_t a = other(e->y0, e->slope, left - e->x0), b = other(e->y0, e->slope, left + 1 - e->x0);
    *y = a < b ? a : b;
    return true;
  }
  const int64_t length = e->y1 - e->y0;
  const int64_t guess = (int64_t)(((double)(left - e->x0) + 0.5) / e->slope);
  // Not across at `low`, across at `high`.
  int64_t low = guess - 2 > 0 ? guess - 2 : 0, high = guess + 2 < length ? guess + 2 : length;
  if (low >= high || is_across(e, left, low)) low = 0;
  if (low >= high || !is_across(e, left, high)) high = length;
  while (high - low > 1) {
    const int64_t middle = low + (high - low) / 2;
    if (is_across(e, left, middle)) high = middle;
    else low = middle;
  }
  *y = e->y0 + low;
  const int64_t right_end = other(e->x0, e->slope, e->slope > 0 ? high : low);
  const int64_t left_end = other(e->x0, e->slope, e->slope > 0 ? low : high);
  return e->goes_right ? right_end == left + 1 : left_end == left;
}

size_t tk_polygon_crossings(
    size_t height, size_t width, const double *vertices, size_t count, tk_polygon_cursor *cursor, uint32_t *positions,
    size_t capacity) {
  size_t written = 0;
  for (; cursor->edge < count; cursor->edge++, cursor->column = 0) {
    const size_t next = cursor->edge + 1 < count ? cursor->edge + 1 : 0;
    const edge e = edge_between(vertices + 2 * cursor->edge, vertices + 2 * next);
    const int64_t left = e.x0 < e.x1 ? e.x0 : e.x1, right = e.x0 < e.x1 ? e.x1 : e.x0;
    if (right < 3) continue;
    // Columns whose middle, between the fifths 5 c + 2 and 5 c + 3, lies on the edge.
    int64_t column = left <= 2 ? 0 : (left + 2) / 5, last = (right - 3) / 5;
    if (column < (int64_t)cursor->column) column = (int64_t)cursor->column;
    if (last >= (int64_t)width) last = (int64_t)width - 1;
    for (; column <= last; column++) {
      if (written == capacity) {
        cursor->column = (size_t)column;
        return written;
      }
      int64_t y = 0;
      if (!crossing(&e, 5 * column + 2, &y)) continue;
      double row = ((double)y + 0.5) / 5 - 0.5;
      row = row < 0 ? 0 : row > (double)height ? (double)height : row;
      positions[written++] = (uint32_t)((size_t)column * height + (size_t)ceil(row));
    }
  }
  return written;
}
