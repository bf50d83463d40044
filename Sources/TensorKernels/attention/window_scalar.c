#include <math.h>

#include "window.h"

static double score(const tk_window_work *w, size_t query, size_t key) {
  double sum = 0;
  for (size_t c = 0; c < w->head_size; c++)
    sum += (double)w->queries[query * w->head_size + c] * w->keys[c * w->padded + key];
  sum += w->bias[query * w->padded + key];
  return w->regions && w->regions[query] != w->regions[key] ? sum - 100 : sum;
}

// The specification takes the scores twice rather than hold them.
void tk_window_head_scalar(const tk_window_work *w) {
  for (size_t i = 0; i < w->tokens; i++) {
    float *out = w->output + i * w->head_size;
    double greatest = -INFINITY, sum = 0;
    for (size_t j = 0; j < w->tokens; j++) greatest = fmax(greatest, score(w, i, j));
    for (size_t j = 0; j < w->tokens; j++) sum += exp(score(w, i, j) - greatest);
    for (size_t c = 0; c < w->head_size; c++) out[c] = 0;
    for (size_t j = 0; j < w->tokens; j++) {
      const float weight = (float)(exp(score(w, i, j) - greatest) / sum);
      for (size_t c = 0; c < w->head_size; c++) out[c] += weight * w->values[j * w->head_size + c];
    }
  }
}
