#include <math.h>
#include <string.h>

#include "attention_gradient.h"

static double dot(const tk_attention_gradient_work *w, const float *row, const float *across, size_t key) {
  double sum = 0;
  for (size_t c = 0; c < w->head_size; c++) sum += (double)row[c] * across[c * w->padded + key];
  return sum;
}

static double score(const tk_attention_gradient_work *w, size_t query, size_t key) {
  double sum = dot(w, w->queries + query * w->head_size, w->keys_across, key);
  if (w->bias) sum += w->bias[query * w->padded + key];
  return w->regions && w->regions[query] != w->regions[key] ? sum - 100 : sum;
}

// The specification computes the scores several times rather than hold them.
void tk_attention_gradient_head_scalar(const tk_attention_gradient_work *w) {
  const size_t size = w->head_size;
  memset(w->key_gradient, 0, w->tokens * size * sizeof(float));
  memset(w->value_gradient, 0, w->tokens * size * sizeof(float));
  for (size_t i = 0; i < w->tokens; i++) {
    const float *query = w->queries + i * size, *gradient = w->gradient + i * size;
    float *query_gradient = w->query_gradient + i * size;
    double greatest = -INFINITY, total = 0, mean = 0;
    for (size_t j = 0; j < w->tokens; j++) greatest = fmax(greatest, score(w, i, j));
    for (size_t j = 0; j < w->tokens; j++) {
      const double e = exp(score(w, i, j) - greatest);
      total += e;
      mean += e * dot(w, gradient, w->values_across, j);
    }
    mean /= total;
    for (size_t c = 0; c < size; c++) query_gradient[c] = 0;
    for (size_t j = 0; j < w->tokens; j++) {
      const double weight = exp(score(w, i, j) - greatest) / total;
      const double slope = weight * (dot(w, gradient, w->values_across, j) - mean);
      for (size_t c = 0; c < size; c++) {
        query_gradient[c] += (float)(slope * w->keys[j * size + c]);
        w->key_gradient[j * size + c] += (float)(slope * query[c]);
        w->value_gradient[j * size + c] += (float)(weight * gradient[c]);
      }
      if (w->bias_gradient) w->bias_gradient[i * w->padded + j] += (float)slope;
    }
  }
}
