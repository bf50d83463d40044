#include <math.h>

#include "TensorKernels.h"

typedef struct {
  size_t points;
  const float *logits, *labels, *gradient;
  float *output;
} terms_work;

/// What both terms are made of, over the points that count.
typedef struct {
  double cross_entropy, common, predicted, labelled, count;
} term_sums;

/// exp(-|x|) keeps all digits of small results and never overflows.
static inline double sigmoid_of(double x, double e) { return (x < 0 ? e : 1) / (1 + e); }

/// Without the cross-entropy, whose logarithm takes most of the time, where it is not wanted.
static inline term_sums sums_of(size_t points, const float *logits, const float *labels, bool with_cross_entropy) {
  term_sums sums = {0};
  for (size_t i = 0; i < points; i++) {
    const double x = logits[i], y = labels[i];
    if (y < 0) continue;
    const double e = exp(-fabs(x)), s = sigmoid_of(x, e);
    if (with_cross_entropy) sums.cross_entropy += (x > 0 ? x : 0) - x * y + log1p(e);
    sums.common += s * y;
    sums.predicted += s;
    sums.labelled += y;
    sums.count += 1;
  }
  return sums;
}

static void terms_task(void *context, size_t r) {
  const terms_work *w = context;
  const term_sums sums = sums_of(w->points, w->logits + r * w->points, w->labels + r * w->points, true);
  w->output[2 * r] = sums.count > 0 ? (float)(sums.cross_entropy / sums.count) : 0;
  w->output[2 * r + 1] = (float)(1 - (2 * sums.common + 1) / (sums.predicted + sums.labelled + 1));
}

void tk_mask_terms_f32(size_t rows, size_t points, const float *logits, const float *labels, float *terms) {
  terms_work work = {points, logits, labels, NULL, terms};
  tk_parallel_for(rows, terms_task, &work);
}

static void terms_gradient_task(void *context, size_t r) {
  const terms_work *w = context;
  const float *logits = w->logits + r * w->points, *labels = w->labels + r * w->points;
  float *output = w->output + r * w->points;
  const term_sums sums = sums_of(w->points, logits, labels, false);
  const double denominator = sums.predicted + sums.labelled + 1;
  const double entropy = sums.count > 0 ? w->gradient[2 * r] / sums.count : 0;
  const double by_label = -2 * w->gradient[2 * r + 1] / denominator;
  const double by_all = w->gradient[2 * r + 1] * (2 * sums.common + 1) / (denominator * denominator);
  for (size_t i = 0; i < w->points; i++) {
    const double x = logits[i], y = labels[i], e = exp(-fabs(x)), s = sigmoid_of(x, e);
    // s (1 - s) by e, so that it does not cancel where s is 1.
    const double slope = e / ((1 + e) * (1 + e));
    output[i] = y < 0 ? 0 : (float)(entropy * (s - y) + (by_label * y + by_all) * slope);
  }
}

void tk_mask_terms_gradient_f32(
    size_t rows, size_t points, const float *logits, const float *labels, const float *gradient, float *output) {
  terms_work work = {points, logits, labels, gradient, output};
  tk_parallel_for(rows, terms_gradient_task, &work);
}

typedef struct {
  size_t points;
  const uint32_t *first, *second;
  const float *a, *b;
  double *output;
} products_work;

static void products_task(void *context, size_t n) {
  const products_work *w = context;
  const float *a = w->a + w->first[n] * w->points, *b = w->b + w->second[n] * w->points;
  // Eight sums, which the compiler can keep in vectors.
  double sums[8] = {0};
  size_t i = 0;
  for (; i + 8 <= w->points; i += 8)
    for (size_t k = 0; k < 8; k++) sums[k] += (double)a[i + k] * b[i + k];
  for (; i < w->points; i++) sums[0] += (double)a[i] * b[i];
  w->output[n] = ((sums[0] + sums[4]) + (sums[1] + sums[5])) + ((sums[2] + sums[6]) + (sums[3] + sums[7]));
}

void tk_row_products_f32(
    size_t pairs, const uint32_t *first, const uint32_t *second, size_t points, const float *a, const float *b,
    double *output) {
  products_work work = {points, first, second, a, b, output};
  tk_parallel_for(pairs, products_task, &work);
}
