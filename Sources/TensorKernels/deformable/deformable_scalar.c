#include <math.h>

#include "deformable.h"

/// Adds `weight` times the bilinear sample at pixel (x, y) of a level's map to the head's channels; zero outside the map.
static void add_sample(
    tk_level_shape shape, size_t stride, size_t head_size, const float *map, double x, double y, double weight,
    double *sum, size_t channel, size_t channels) {
  // Farther away no corner is inside; also false for NaN.
  if (!(x > -1 && x < (double)shape.width && y > -1 && y < (double)shape.height)) return;
  const double left = floor(x), top = floor(y);
  for (int corner = 0; corner < 4; corner++) {
    const double cx = left + corner % 2, cy = top + corner / 2;
    if (cx < 0 || cy < 0 || cx >= (double)shape.width || cy >= (double)shape.height) continue;
    const double share = (1 - fabs(x - cx)) * (1 - fabs(y - cy));
    const float *cell = map + ((size_t)cy * shape.width + (size_t)cx) * stride;
    for (size_t c = 0; c < channels && channel + c < head_size; c++) sum[c] += weight * share * cell[channel + c];
  }
}

enum { CHANNELS = 32 };

static void head(const tk_deformable *w, size_t query, size_t h) {
  const size_t samples = w->levels * w->points, stride = w->heads * w->head_size;
  const float *offset = w->offsets + query * w->offsets_stride + h * samples * 2;
  const float *logit = w->logits + query * w->logits_stride + h * samples;
  const float *reference = w->reference + query * w->reference_size;
  double greatest = -INFINITY, total = 0;
  for (size_t s = 0; s < samples; s++) greatest = fmax(greatest, logit[s]);
  for (size_t s = 0; s < samples; s++) total += exp(logit[s] - greatest);
  for (size_t channel = 0; channel < w->head_size; channel += CHANNELS) {
    double sum[CHANNELS] = {0};
    const float *map = w->value + h * w->head_size;
    for (size_t level = 0; level < w->levels; level++) {
      const tk_level_shape shape = w->shapes[level];
      for (size_t p = 0; p < w->points; p++) {
        const size_t s = level * w->points + p;
        double at[2];
        for (int axis = 0; axis < 2; axis++) {
          const double size = (double)(axis ? shape.height : shape.width);
          const double cells = w->reference_size == 4
                                   ? offset[2 * s + (size_t)axis] / (double)w->points * reference[2 + axis] * 0.5 * size
                                   : offset[2 * s + (size_t)axis];
          at[axis] = reference[axis] * size + cells - 0.5;
        }
        add_sample(
            shape, stride, w->head_size, map, at[0], at[1], exp(logit[s] - greatest) / total, sum, channel, CHANNELS);
      }
      map += shape.height * shape.width * stride;
    }
    float *out = w->output + query * stride + h * w->head_size;
    for (size_t c = 0; c < CHANNELS && channel + c < w->head_size; c++) out[channel + c] = (float)sum[c];
  }
}

void tk_deformable_queries_scalar(const tk_deformable *work, size_t first, size_t count) {
  for (size_t query = first; query < first + count; query++)
    for (size_t h = 0; h < work->heads; h++) head(work, query, h);
}
