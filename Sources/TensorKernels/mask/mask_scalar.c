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

void tk_strip_words_scalar(const tk_strip *s, uint64_t *words, tk_logit_counts *counts) {
  for (size_t r = 0; r < s->rows; r++)
    for (size_t x = 0; x < s->columns; x++) {
      const float *cell = s->logits + r * s->width + s->cells[x];
      const float sum = fmaf(s->shares[TK_STRIP + x], cell[1], s->shares[x] * cell[0]);
      s->scratch[r * TK_STRIP + x] = fmaf(s->shares[2 * TK_STRIP + x], cell[2], sum);
    }
  for (size_t y = 0; y < s->vertical->count; y++) {
    const float *row = s->scratch + (size_t)s->vertical->first[y] * TK_STRIP, *shares = s->vertical->shares + 3 * y;
    words[y] = 0;
    for (size_t x = 0; x < s->columns; x++) {
      const float sum = fmaf(shares[1], row[TK_STRIP + x], shares[0] * row[x]);
      const float logit = fmaf(shares[2], row[2 * TK_STRIP + x], sum);
      words[y] |= (uint64_t)(logit > 0) << x;
      counts->above_one += logit > s->offset;
      counts->above_zero += logit > 0;
      counts->above_minus_one += logit > -s->offset;
    }
  }
}
