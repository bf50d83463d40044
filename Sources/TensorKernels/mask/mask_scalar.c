#include <math.h>

#include "mask.h"

void tk_ellipse_row_scalar(
    size_t width, float centre, float half, float dy2, float gain, float floor, float *logits) {
  for (size_t x = 0; x < width; x++) {
    const double dx = (((double)x + 0.5) / (double)width - centre) / half;
    const double inside = 1 - sqrt(dx * dx + dy2 + 1e-12);
    logits[x] = (float)(logits[x] + gain * (inside > floor ? inside : floor));
  }
}

void tk_weighted_rows_scalar(
    size_t count, size_t channels, const float *weights, const float *rows, size_t stride, double *sums) {
  for (size_t i = 0; i < count; i++)
    for (size_t c = 0; c < channels; c++) sums[c] += (double)weights[i] * rows[i * stride + c];
}
