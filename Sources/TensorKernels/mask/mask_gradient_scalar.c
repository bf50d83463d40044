#include <math.h>

#include "mask_gradient.h"

tk_ellipse_sums tk_ellipse_row_gradient_scalar(
    size_t width, float centre, float half, float dy2, float floor, const float *gradient) {
  tk_ellipse_sums sums = {0, 0, 0, 0};
  for (size_t x = 0; x < width; x++) {
    const double dx = (((double)x + 0.5) / (double)width - centre) / half, r = sqrt(dx * dx + dy2 + 1e-12);
    const bool above = 1 - r > floor;
    sums.prior += gradient[x] * (above ? 1 - r : floor);
    if (!above) continue;
    sums.slope += gradient[x] / r;
    sums.slope_dx += gradient[x] * dx / r;
    sums.slope_dx2 += gradient[x] * dx * dx / r;
  }
  return sums;
}

void tk_weighted_rows_gradient_scalar(
    size_t count, size_t channels, const float *weights, const float *weighted, const float *plain, const float *rows,
    float *products, float *gradient) {
  for (size_t i = 0; i < count; i++) {
    double sum = 0;
    for (size_t c = 0; c < channels; c++) {
      sum += (double)weighted[c] * rows[i * channels + c];
      gradient[i * channels + c] = (float)((double)weights[i] * weighted[c] + plain[c]);
    }
    products[i] = (float)sum;
  }
}
