#include "check.h"

typedef struct {
  size_t height, width, channels, output_height, output_width;
  const float *gradient, *boxes, *logits, *features, *statistics;
} maps;

enum { box_count = 3, grid = 7, middle = 2 };

static void bilinear(const void *context, float *output) {
  const maps *m = context;
  tk_resize_bilinear_gradient_f32(
      m->height, m->width, m->channels, m->gradient, m->output_height, m->output_width, output);
}

static void sample(const void *context, float *output) {
  const maps *m = context;
  tk_sample_boxes_gradient_f32(
      box_count, m->boxes, grid, 1.5f, m->height, m->width, m->channels, false, m->gradient, m->channels, output);
}

static void prior(const void *context, float *output) {
  const maps *m = context;
  tk_ellipse_prior_gradient_f32(
      box_count, m->height, m->width, m->boxes, 3.5f, -2, m->gradient, output, output + 4 * box_count);
}

static void statistics(const void *context, float *output) {
  const maps *m = context;
  size_t cells = m->height * m->height;
  tk_refiner_statistics_gradient_f32(
      box_count, cells, m->channels, m->logits, m->features, middle, m->statistics, m->gradient,
      2 * m->channels + 4 + middle, output, output + box_count * cells);
}

void map_gradients(void) {
  static const size_t sizes[][4] = {{1, 1, 3, 2}, {5, 7, 10, 14}, {9, 4, 5, 3}, {8, 8, 8, 8}, {3, 11, 17, 6}};
  static const size_t channels[] = {1, 3, 8, 19, 32};
  for (size_t n = 0; n < 5; n++) {
    for (size_t c = 0; c < 5; c++) {
      maps m = {.height = sizes[n][0], .width = sizes[n][1], .channels = channels[c], .output_height = sizes[n][2],
                .output_width = sizes[n][3]};
      const char *what = shape3(m.height, m.width, m.channels);
      size_t count = m.height * m.width * m.channels;
      m.boxes = uniform(4 * box_count, 0.1f, 0.9f);
      m.gradient = uniform(m.output_height * m.output_width * m.channels, -1, 1);
      check((kernel_case){"gradient of bilinear", what, count, NULL, 1e-5, 1e-6, bilinear, &m});
      m.gradient = uniform(box_count * grid * grid * m.channels, -1, 1);
      check((kernel_case){"gradient of samples of boxes", what, count, NULL, 3e-5, 1e-6, sample, &m});
      size_t cells = m.height * m.height, row = 2 * m.channels + 4 + middle;
      m.gradient = uniform(box_count * row, -1, 1);
      m.logits = uniform(box_count * cells, -4, 4);
      m.features = uniform(box_count * cells * m.channels, -1, 1);
      float *values = uniform(box_count * row, -1, 1);
      tk_refiner_statistics_f32(
          box_count, cells, m.channels, m.logits, m.features, m.boxes, middle, values, row);
      m.statistics = values;
      check((kernel_case){
          "gradient of the refiner's statistics", what, box_count * cells * (1 + m.channels), NULL, 1e-5, 1e-5, statistics,
          &m});
    }
    maps m = {.height = sizes[n][0], .width = sizes[n][1]};
    m.boxes = uniform(4 * box_count, 0.1f, 0.9f);
    m.gradient = uniform(box_count * m.height * m.width, -1, 1);
    check((kernel_case){
        "gradient of the ellipse prior", shape2(m.height, m.width), 5 * box_count, NULL, 1e-3, 1e-4, prior, &m});
  }
}
