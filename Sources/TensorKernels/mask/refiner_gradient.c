#include <math.h>
#include <stdatomic.h>

#include "mask_gradient.h"

static tk_weighted_rows_gradient *const rows_table[] = TK_TABLE(tk_weighted_rows_gradient);

typedef struct {
  size_t cells, channels;
  const float *logits, *features;
  size_t middle;
  const float *statistics, *gradient;
  size_t stride;
  float *logits_gradient, *features_gradient;
  atomic_bool failed;
} statistics_work;

/// One mask. With p = sigmoid(logit) and s = sum of p + 1e-3, a mean under the mask is sum(p f) / s: its slope is p / s along f
/// and (f - mean) / s along p.
static void statistics_task(void *context, size_t n) {
  statistics_work *w = context;
  enum { CELLS = 256 };
  float *factors = tk_memory_acquire((2 * w->channels + 1) * sizeof(float));
  if (!factors) {
    atomic_store(&w->failed, true);
    return;
  }
  float *weighted = factors, *plain = factors + w->channels;
  const float *logits = w->logits + n * w->cells, *features = w->features + n * w->cells * w->channels;
  const float *means = w->statistics + n * w->stride, *gradient = w->gradient + n * w->stride;
  float *logits_gradient = w->logits_gradient + n * w->cells;
  float *features_gradient = w->features_gradient + n * w->cells * w->channels;
  float shares[CELLS], products[CELLS];
  const double cells = (double)w->cells;
  double mass = 1e-3, centre = 0;
  for (size_t first = 0; first < w->cells; first += CELLS) {
    const size_t count = w->cells - first < CELLS ? w->cells - first : CELLS;
    tk_sigmoid_f32(count, logits + first, shares);
    for (size_t i = 0; i < count; i++) mass += shares[i];
  }
  for (size_t c = 0; c < w->channels; c++) {
    weighted[c] = (float)(gradient[c] / mass);
    plain[c] = (float)(gradient[w->channels + c] / cells);
    centre += gradient[c] / mass * means[c];
  }
  const double certainty = gradient[2 * w->channels + w->middle + 2] * 2 / cells;
  for (size_t first = 0; first < w->cells; first += CELLS) {
    const size_t count = w->cells - first < CELLS ? w->cells - first : CELLS;
    tk_sigmoid_f32(count, logits + first, shares);
    TK_CHOOSE(rows_table)(
        count, w->channels, shares, weighted, plain, features + first * w->channels, products,
        features_gradient + first * w->channels);
    for (size_t i = 0; i < count; i++) {
      const double p = shares[i], side = p > 0.5 ? 1 : p < 0.5 ? -1 : 0;
      logits_gradient[first + i] = (float)((products[i] - centre + side * certainty) * p * (1 - p));
    }
  }
  tk_memory_release(factors);
}

bool tk_refiner_statistics_gradient_f32(
    size_t boxes, size_t cells, size_t channels, const float *logits, const float *features, size_t middle,
    const float *statistics, const float *gradient, size_t stride, float *logits_gradient, float *features_gradient) {
  if (cells == 0) return true;
  statistics_work work = {
      .cells = cells, .channels = channels, .logits = logits, .features = features, .middle = middle,
      .statistics = statistics, .gradient = gradient, .stride = stride, .logits_gradient = logits_gradient,
      .features_gradient = features_gradient};
  tk_parallel_for(boxes, statistics_task, &work);
  return !atomic_load(&work.failed);
}
