#include "mask_gradient.h"

static tk_ellipse_row_gradient *const row_table[] = TK_TABLE(tk_ellipse_row_gradient);

typedef struct {
  size_t height, width;
  const float *boxes;
  float gain, floor;
  const float *gradient;
  float *boxes_gradient, *gain_gradients;
} ellipse_work;

/// One mask: the slope of the prior, -d r, along the centre and half the size of each axis.
static void ellipse_task(void *context, size_t n) {
  const ellipse_work *w = context;
  tk_ellipse_row_gradient *const row = TK_CHOOSE(row_table);
  const float *box = w->boxes + 4 * n;
  const float half_width = (box[2] < 1e-4f ? 1e-4f : box[2]) / 2, half_height = (box[3] < 1e-4f ? 1e-4f : box[3]) / 2;
  double prior = 0, x = 0, x2 = 0, y = 0, y2 = 0;
  for (size_t i = 0; i < w->height; i++) {
    const double dy = (((double)i + 0.5) / (double)w->height - box[1]) / half_height;
    const tk_ellipse_sums sums =
        row(w->width, box[0], half_width, (float)(dy * dy), w->floor, w->gradient + (n * w->height + i) * w->width);
    prior += sums.prior;
    x += sums.slope_dx;
    x2 += sums.slope_dx2;
    y += sums.slope * dy;
    y2 += sums.slope * dy * dy;
  }
  w->gain_gradients[n] = (float)prior;
  float *out = w->boxes_gradient + 4 * n;
  out[0] = (float)(w->gain * x / half_width);
  out[1] = (float)(w->gain * y / half_height);
  out[2] = box[2] < 1e-4f ? 0 : (float)(w->gain * x2 / half_width / 2);
  out[3] = box[3] < 1e-4f ? 0 : (float)(w->gain * y2 / half_height / 2);
}

void tk_ellipse_prior_gradient_f32(
    size_t count, size_t height, size_t width, const float *boxes, float gain, float floor, const float *gradient,
    float *boxes_gradient, float *gain_gradients) {
  ellipse_work work = {height, width, boxes, gain, floor, gradient, boxes_gradient, gain_gradients};
  tk_parallel_for(count, ellipse_task, &work);
}
