#include <math.h>

#include "mask.h"

static tk_weighted_rows *const rows_table[] = TK_TABLE(tk_weighted_rows);

// ------------------------------------------------------------------------------------------------------------- channels

typedef struct {
  const float *box, *clicks;
  size_t grid;
  float extent;
  const float *coarse;
  float *output;
  size_t output_stride;
} channels_work;

static double cell_offset(const channels_work *w, size_t i) {
  return (((double)i + 0.5) / (double)w->grid - 0.5) * w->extent;
}

/// exp(-2 d^2) of the distance from the click along one axis, in half-widths; their product over both axes is the channel.
static double nearness(double offset, float centre, float size, float click) {
  const double half = size / 2 < 1e-4f ? 1e-4f : size / 2, d = (centre + offset * size - click) / half;
  return exp(-2 * d * d);
}

static void channels_task(void *context, size_t n) {
  const channels_work *w = context;
  enum { COLUMNS = 64 };
  const float *box = w->box + 4 * n, *click = w->clicks + 2 * n;
  for (size_t first = 0; first < w->grid; first += COLUMNS) {
    const size_t count = w->grid - first < COLUMNS ? w->grid - first : COLUMNS;
    double us[COLUMNS], near[COLUMNS];
    for (size_t j = 0; j < count; j++) {
      us[j] = cell_offset(w, first + j);
      near[j] = nearness(us[j], box[0], box[2], click[0]);
    }
    for (size_t i = 0; i < w->grid; i++) {
      const double v = cell_offset(w, i), near_row = nearness(v, box[1], box[3], click[1]);
      for (size_t j = 0; j < count; j++) {
        const size_t cell = (n * w->grid + i) * w->grid + first + j;
        const double u = us[j], product = near[j] * near_row;
        float *out = w->output + cell * w->output_stride;
        out[0] = w->coarse[cell] / 4;
        out[1] = (float)(2 * u);
        out[2] = (float)(2 * v);
        out[3] = (float)(1 - 2 * sqrt(u * u + v * v));
        out[4] = isnan(product) ? 0 : (float)product;
      }
    }
  }
}

void tk_refiner_channels_f32(
    size_t boxes, const float *box, const float *clicks, size_t grid, float extent, const float *coarse, float *output,
    size_t output_stride) {
  channels_work work = {box, clicks, grid, extent, coarse, output, output_stride};
  tk_parallel_for(boxes, channels_task, &work);
}

// ----------------------------------------------------------------------------------------------------------- statistics

typedef struct {
  size_t cells, channels;
  const float *logits, *features, *box;
  size_t middle;
  float *output;
  size_t output_stride;
} statistics_work;

/// Adds the sums over all cells of `channels` features of one box, under the weights and under 1, to two arrays.
static void sum_features(
    const statistics_work *w, const float *logits, const float *features, double *weighted, double *plain) {
  enum { CELLS = 256 };
  float weights[CELLS], ones[CELLS];
  for (size_t i = 0; i < CELLS; i++) ones[i] = 1;
  for (size_t first = 0; first < w->cells; first += CELLS) {
    const size_t count = w->cells - first < CELLS ? w->cells - first : CELLS;
    for (size_t i = 0; i < count; i++) weights[i] = (float)(1 / (1 + exp(-(double)logits[first + i])));
    TK_CHOOSE(rows_table)(count, w->channels, weights, features + first * w->channels, weighted);
    TK_CHOOSE(rows_table)(count, w->channels, ones, features + first * w->channels, plain);
  }
}

static void statistics_task(void *context, size_t n) {
  const statistics_work *w = context;
  const float *logits = w->logits + n * w->cells, *features = w->features + n * w->cells * w->channels;
  const float *box = w->box + 4 * n;
  float *out = w->output + n * w->output_stride, *last = out + 2 * w->channels + w->middle;
  double mass = 0, certainty = 0;
  size_t above_zero = 0, above_one = 0, above_minus_one = 0;
  for (size_t i = 0; i < w->cells; i++) {
    const double p = 1 / (1 + exp(-(double)logits[i]));
    mass += p;
    certainty += fabs(2 * p - 1);
    above_zero += logits[i] > 0;
    above_one += logits[i] > 1;
    above_minus_one += logits[i] > -1;
  }
  const double cells = (double)w->cells;
  double *sums = tk_memory_acquire(2 * w->channels * sizeof(double) + 1);
  if (sums) {
    for (size_t c = 0; c < 2 * w->channels; c++) sums[c] = 0;
    sum_features(w, logits, features, sums, sums + w->channels);
    for (size_t c = 0; c < w->channels; c++) {
      out[c] = (float)(sums[c] / (mass + 1e-3));
      out[w->channels + c] = (float)(sums[w->channels + c] / cells);
    }
    tk_memory_release(sums);
  }
  last[0] = (float)((double)above_zero / cells);
  last[1] = (float)((double)(above_one + 1) / (double)(above_minus_one + 1));
  last[2] = (float)(certainty / cells);
  last[3] = (float)sqrt((double)box[2] * box[3]);
}

void tk_refiner_statistics_f32(
    size_t boxes, size_t cells, size_t channels, const float *logits, const float *features, const float *box,
    size_t middle, float *output, size_t output_stride) {
  if (cells == 0) return;
  statistics_work work = {cells, channels, logits, features, box, middle, output, output_stride};
  tk_parallel_for(boxes, statistics_task, &work);
}
