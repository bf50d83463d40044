#include <math.h>

#include "TensorKernels.h"

// Four reads at random places and a few products: the reads decide, so plain loops do on every processor. Positions and
// sums are in double precision, so that a point keeps its place on large maps.

/// The cells around a point and their shares; cells outside the map have a share of 0 and the place of one inside.
typedef struct {
  size_t place[4];
  double share[4];
} point_taps;

static inline void axis_taps(double position, size_t size, size_t place[2], double share[2]) {
  const double floor_of = floor(position), fraction = position - floor_of;
  const ptrdiff_t first = (ptrdiff_t)floor_of;
  const bool has_first = first >= 0, has_second = first + 1 < (ptrdiff_t)size;
  place[0] = has_first ? (size_t)first : 0;
  place[1] = has_second ? (size_t)(first + 1) : size - 1;
  share[0] = has_first ? 1 - fraction : 0;
  share[1] = has_second ? fraction : 0;
}

/// False where the point is so far outside that no cell of the map counts, or is no number.
static inline bool taps_at(const float *point, size_t height, size_t width, point_taps *taps) {
  const double x = (double)point[0] * (double)width - 0.5, y = (double)point[1] * (double)height - 0.5;
  if (!(x > -1 && x < (double)width && y > -1 && y < (double)height)) return false;
  size_t column[2], row[2];
  double across[2], down[2];
  axis_taps(x, width, column, across);
  axis_taps(y, height, row, down);
  for (size_t i = 0; i < 4; i++) {
    taps->place[i] = row[i / 2] * width + column[i % 2];
    taps->share[i] = down[i / 2] * across[i % 2];
  }
  return true;
}

typedef struct {
  size_t rows, maps;
  const uint32_t *map;
  size_t height, width;
  const float *floats;
  const uint8_t *bytes;
  size_t points;
  const float *point;
  size_t point_stride;
  const float *gradient;
  float *output;
} points_work;

static void sample_task(void *context, size_t r) {
  const points_work *w = context;
  const size_t start = (w->map ? w->map[r] : r) * w->height * w->width;
  const float *point = w->point + r * w->point_stride;
  float *output = w->output + r * w->points;
  for (size_t i = 0; i < w->points; i++) {
    point_taps taps;
    double sum = 0;
    if (taps_at(point + 2 * i, w->height, w->width, &taps))
      for (size_t k = 0; k < 4; k++)
        sum += taps.share[k] * (w->bytes ? (double)w->bytes[start + taps.place[k]] : w->floats[start + taps.place[k]]);
    output[i] = (float)sum;
  }
}

void tk_sample_points_f32(
    size_t rows, const uint32_t *map, size_t height, size_t width, const float *maps, size_t points, const float *point,
    size_t point_stride, float *output) {
  points_work work = {rows, 0, map, height, width, maps, NULL, points, point, point_stride, NULL, output};
  tk_parallel_for(rows, sample_task, &work);
}

void tk_sample_points_u8(
    size_t rows, const uint32_t *map, size_t height, size_t width, const uint8_t *maps, size_t points,
    const float *point, size_t point_stride, float *output) {
  points_work work = {rows, 0, map, height, width, NULL, maps, points, point, point_stride, NULL, output};
  tk_parallel_for(rows, sample_task, &work);
}

/// One map, from all rows that read it, in their order.
static void gradient_task(void *context, size_t map) {
  const points_work *w = context;
  float *output = w->output + map * w->height * w->width;
  for (size_t r = 0; r < w->rows; r++) {
    if ((w->map ? w->map[r] : r) != map) continue;
    const float *point = w->point + r * w->point_stride, *gradient = w->gradient + r * w->points;
    for (size_t i = 0; i < w->points; i++) {
      point_taps taps;
      if (!taps_at(point + 2 * i, w->height, w->width, &taps)) continue;
      for (size_t k = 0; k < 4; k++) output[taps.place[k]] += (float)(taps.share[k] * gradient[i]);
    }
  }
}

void tk_sample_points_gradient_f32(
    size_t rows, const uint32_t *map, size_t maps, size_t height, size_t width, size_t points, const float *point,
    size_t point_stride, const float *gradient, float *output) {
  points_work work = {rows, maps, map, height, width, NULL, NULL, points, point, point_stride, gradient, output};
  tk_parallel_for(maps, gradient_task, &work);
}
