#include <math.h>

#include "attention.h"

static double score(size_t head_size, const float *q, const float *k, float scale) {
  double sum = 0;
  for (size_t c = 0; c < head_size; c++) sum += (double)q[c] * k[c];
  return sum * scale;
}

// The specification takes the scores twice rather than hold them.
void tk_attention_head_scalar(
    size_t queries, size_t keys, size_t head_size, const float *q, size_t q_stride, const float *k, size_t k_stride,
    const float *v, size_t v_stride, float scale, float *output, size_t output_stride) {
  for (size_t i = 0; i < queries; i++) {
    const float *query = q + i * q_stride;
    float *out = output + i * output_stride;
    double greatest = -INFINITY, sum = 0;
    for (size_t j = 0; j < keys; j++) greatest = fmax(greatest, score(head_size, query, k + j * k_stride, scale));
    for (size_t j = 0; j < keys; j++) sum += exp(score(head_size, query, k + j * k_stride, scale) - greatest);
    for (size_t c = 0; c < head_size; c++) out[c] = 0;
    for (size_t j = 0; j < keys; j++) {
      const float weight = (float)(exp(score(head_size, query, k + j * k_stride, scale) - greatest) / sum);
      for (size_t c = 0; c < head_size; c++) out[c] += weight * v[j * v_stride + c];
    }
  }
}
