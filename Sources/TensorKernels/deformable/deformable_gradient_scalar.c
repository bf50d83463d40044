#include <math.h>

#include "deformable_gradient.h"

/// What a sample at pixel (x, y) of a level adds: the product of the gradient with its value, and its slopes along both axes;
/// `value_gradient` gets `weight` times the shares of the gradient.
typedef struct {
  double value, along[2];
} sample_slopes;

static sample_slopes sample(
    tk_level_shape shape, size_t stride, size_t head_size, const float *map, const float *gradient, double x, double y,
    double weight, float *value_gradient) {
  sample_slopes slopes = {0, {0, 0}};
  // Farther away no corner is inside; also false for NaN.
  if (!(x > -1 && x < (double)shape.width && y > -1 && y < (double)shape.height)) return slopes;
  const double left = floor(x), top = floor(y);
  for (int corner = 0; corner < 4; corner++) {
    const double cx = left + corner % 2, cy = top + corner / 2;
    if (cx < 0 || cy < 0 || cx >= (double)shape.width || cy >= (double)shape.height) continue;
    const double column_share = 1 - fabs(x - cx), row_share = 1 - fabs(y - cy);
    const size_t cell = ((size_t)cy * shape.width + (size_t)cx) * stride;
    double product = 0;
    for (size_t c = 0; c < head_size; c++) {
      product += (double)gradient[c] * map[cell + c];
      if (value_gradient) value_gradient[cell + c] += (float)(weight * column_share * row_share * gradient[c]);
    }
    slopes.value += column_share * row_share * product;
    slopes.along[0] += (corner % 2 ? row_share : -row_share) * product;
    slopes.along[1] += (corner / 2 ? column_share : -column_share) * product;
  }
  return slopes;
}

static void query_gradient(const tk_deformable_gradient *work, size_t query, size_t h) {
  const tk_deformable *w = &work->forward;
  const size_t samples = w->levels * w->points, stride = w->heads * w->head_size;
  const float *offset = w->offsets + query * w->offsets_stride + h * samples * 2;
  const float *logit = w->logits + query * w->logits_stride + h * samples;
  const float *reference = w->reference + query * w->reference_size;
  double greatest = -INFINITY, total = 0, mean = 0;
  for (size_t s = 0; s < samples; s++) greatest = fmax(greatest, logit[s]);
  for (size_t s = 0; s < samples; s++) total += exp(logit[s] - greatest);
  // The gradient by the logits needs the mean of all samples' values, so they are taken twice.
  for (int pass = 0; pass < 2; pass++) {
    size_t begin = h * w->head_size;
    for (size_t level = 0; level < w->levels; level++) {
      const tk_level_shape shape = w->shapes[level];
      for (size_t p = 0; p < w->points; p++) {
        const size_t s = level * w->points + p, index = (query * w->heads + h) * samples + s;
        double at[2], unit[2];
        for (size_t axis = 0; axis < 2; axis++) {
          const double size = (double)(axis ? shape.height : shape.width);
          unit[axis] = w->reference_size == 4 ? reference[2 + axis] * 0.5 * size / (double)w->points : 1;
          at[axis] = reference[axis] * size + offset[2 * s + axis] * unit[axis] - 0.5;
        }
        const double weight = exp(logit[s] - greatest) / total;
        const sample_slopes slopes = sample(
            shape, stride, w->head_size, w->value + begin, work->gradient + query * stride + h * w->head_size, at[0],
            at[1], weight, pass == 0 && work->value_gradient ? work->value_gradient + begin : NULL);
        if (pass == 0) {
          mean += weight * slopes.value;
        } else {
          work->logits_gradient[index] = (float)(weight * (slopes.value - mean));
          for (size_t axis = 0; axis < 2; axis++)
            work->offsets_gradient[2 * index + axis] = (float)(weight * slopes.along[axis] * unit[axis]);
        }
      }
      begin += shape.height * shape.width * stride;
    }
    if (!work->offsets_gradient) return;
  }
}

void tk_deformable_gradient_head_scalar(const tk_deformable_gradient *work, size_t head) {
  for (size_t query = 0; query < work->queries; query++) query_gradient(work, query, head);
}
