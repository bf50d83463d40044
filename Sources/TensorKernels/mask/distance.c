#include "mask.h"

// Meijster, Roerdink and Hesselink, "A general algorithm for computing distance transforms in linear time" (2000), in
// integers: distances along the columns first, then the lower envelope of the parabolas that stand on each row.

/// `columns[y][x]`: the steps from (x, y) to the nearest unset pixel of its column.
static void column_distances(size_t height, size_t width, const uint8_t *bitmap, uint32_t *columns) {
  for (size_t x = 0; x < width; x++) columns[x] = bitmap[x] ? 1 : 0;
  for (size_t i = width; i < height * width; i++) columns[i] = bitmap[i] ? columns[i - width] + 1 : 0;
  uint32_t *last = columns + (height - 1) * width;
  for (size_t x = 0; x < width; x++) last[x] = last[x] ? 1 : 0;
  for (size_t i = (height - 1) * width; i-- > 0;)
    if (columns[i] > columns[i + width] + 1) columns[i] = columns[i + width] + 1;
}

/// Row scratch: a parabola at each position -1 ... width, shifted by one.
typedef struct {
  int64_t *square;  // of the distance along the column
  int64_t *vertex;  // positions of the parabolas in the envelope
  int64_t *start;   // from where on each of them is the lowest
} envelope;

static int64_t parabola(const envelope *e, int64_t x, int64_t vertex) {
  return (x - vertex) * (x - vertex) + e->square[vertex];
}

/// The last position where the parabola at `a` is not above the one at `b`, a < b.
static int64_t separation(const envelope *e, int64_t a, int64_t b) {
  return (b * b - a * a + e->square[b] - e->square[a]) / (2 * (b - a));
}

static void row_distances(const envelope *e, size_t width, uint32_t *row) {
  const int64_t count = (int64_t)width + 2;
  e->square[0] = e->square[count - 1] = 0;
  for (size_t x = 0; x < width; x++) e->square[x + 1] = (int64_t)row[x] * row[x];
  int64_t top = 0;
  e->vertex[0] = e->start[0] = 0;
  for (int64_t x = 1; x < count; x++) {
    while (top >= 0 && parabola(e, e->start[top], e->vertex[top]) > parabola(e, e->start[top], x)) top--;
    if (top < 0) {
      top = 0;
      e->vertex[0] = x;
      continue;
    }
    const int64_t start = separation(e, e->vertex[top], x) + 1;
    if (start >= count) continue;
    top++;
    e->vertex[top] = x;
    e->start[top] = start;
  }
  for (int64_t x = count - 1; x > 0; x--) {
    if (x <= (int64_t)width) row[x - 1] = (uint32_t)parabola(e, x, e->vertex[top]);
    if (x == e->start[top]) top--;
  }
}

bool tk_squared_distances(size_t height, size_t width, const uint8_t *bitmap, uint32_t *distances) {
  if (height == 0 || width == 0) return true;
  int64_t *scratch = tk_memory_acquire(3 * (width + 2) * sizeof(int64_t));
  if (!scratch) return false;
  const envelope e = {scratch, scratch + width + 2, scratch + 2 * (width + 2)};
  column_distances(height, width, bitmap, distances);
  for (size_t y = 0; y < height; y++) row_distances(&e, width, distances + y * width);
  tk_memory_release(scratch);
  return true;
}

size_t tk_first_largest_u32(size_t count, const uint32_t *values) {
  size_t place = 0;
  for (size_t i = 1; i < count; i++)
    if (values[i] > values[place]) place = i;
  return place;
}
