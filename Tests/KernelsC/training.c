#include "check.h"

// Kernels that only training needs: sampling at points, losses of masks, the optimiser.

enum { map_count = 3, row_count = 5 };

typedef struct {
  size_t height, width, points;
  bool has_one_list;
  const float *maps, *point, *logits, *labels, *gradient;
  const uint8_t *bytes;
} training;

static const uint32_t map_of_row[row_count] = {2, 0, 1, 0, 2};

static void sample(const void *context, float *output) {
  const training *t = context;
  tk_sample_points_f32(
      row_count, map_of_row, t->height, t->width, t->maps, t->points, t->point, t->has_one_list ? 0 : 2 * t->points,
      output);
}

static void sample_bytes(const void *context, float *output) {
  const training *t = context;
  tk_sample_points_u8(
      row_count, map_of_row, t->height, t->width, t->bytes, t->points, t->point, t->has_one_list ? 0 : 2 * t->points,
      output);
}

static void sample_gradient(const void *context, float *output) {
  const training *t = context;
  tk_sample_points_gradient_f32(
      row_count, map_of_row, map_count, t->height, t->width, t->points, t->point,
      t->has_one_list ? 0 : 2 * t->points, t->gradient, output);
}

static void terms(const void *context, float *output) {
  const training *t = context;
  tk_mask_terms_f32(row_count, t->points, t->logits, t->labels, output);
}

static void terms_gradient(const void *context, float *output) {
  const training *t = context;
  tk_mask_terms_gradient_f32(row_count, t->points, t->logits, t->labels, t->gradient, output);
}

static void row_products(const void *context, float *output) {
  const training *t = context;
  static const uint32_t other[row_count] = {1, 1, 0, 2, 0};
  double sums[row_count];
  tk_row_products_f32(row_count, map_of_row, other, t->points, t->logits, t->labels, sums);
  for (size_t i = 0; i < row_count; i++) output[i] = (float)sums[i];
}

/// Parameter, mean and square stand one after the other in the output.
static void adamw(const void *context, float *output) {
  const training *t = context;
  const tk_adamw_step step = {1e-2, 0.05, 0.9, 0.999, 1e-8, 0.271, 2.997e-3, 0.5};
  tk_adamw_f32(t->points, step, t->gradient, output, output + t->points, output + 2 * t->points);
}

void training_kernels(void) {
  static const size_t sizes[][3] = {{1, 1, 1}, {5, 7, 3}, {9, 4, 16}, {17, 33, 19}, {8, 8, 130}};
  for (size_t n = 0; n < 5; n++) {
    training t = {.height = sizes[n][0], .width = sizes[n][1], .points = sizes[n][2]};
    const char *what = shape3(t.height, t.width, t.points);
    const size_t cells = map_count * t.height * t.width, samples = row_count * t.points;
    t.maps = uniform(cells, -4, 4);
    t.bytes = bytes(cells);
    t.point = uniform(2 * samples, -0.1f, 1.1f);
    t.gradient = uniform(samples > 2 * row_count ? samples : 2 * row_count, -1, 1);
    t.logits = uniform(samples, -6, 6);
    float *labels = uniform(samples, 0, 1);
    for (size_t i = 0; i < samples; i += 7) labels[i] = -1;  // left out
    t.labels = labels;
    for (int list = 0; list < 2; list++) {
      t.has_one_list = list;
      check((kernel_case){"samples at points", what, samples, NULL, 1e-5, 0, sample, &t});
      check((kernel_case){"samples of bytes at points", what, samples, NULL, 1e-3, 0, sample_bytes, &t});
      check((kernel_case){
          "gradient of samples at points", what, cells, uniform(cells, -1, 1), 1e-5, 1e-5, sample_gradient, &t});
    }
    check((kernel_case){"terms of masks", what, 2 * row_count, NULL, 1e-5, 1e-5, terms, &t});
    check((kernel_case){"gradient of terms of masks", what, samples, NULL, 1e-6, 1e-5, terms_gradient, &t});
    check((kernel_case){"products of rows", what, row_count, NULL, 1e-4, 1e-6, row_products, &t});
    // Squares are not negative.
    check((kernel_case){"AdamW", what, 3 * t.points, uniform(3 * t.points, 0, 1), 1e-6, 1e-6, adamw, &t});
  }
}
