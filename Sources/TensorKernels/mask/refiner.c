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

static void statistics_task(void *context, size_t n) {
  const statistics_work *w = context;
  enum { CELLS = 256, CHANNELS = 256 };
  const float *logits = w->logits + n * w->cells, *features = w->features + n * w->cells * w->channels;
  const float *box = w->box + 4 * n;
  float *out = w->output + n * w->output_stride, *last = out + 2 * w->channels + w->middle;
  float shares[CELLS], ones[CELLS];
  for (size_t i = 0; i < CELLS; i++) ones[i] = 1;
  const double cells = (double)w->cells;
  size_t channel = 0;
  do {
    const size_t part = w->channels - channel < CHANNELS ? w->channels - channel : CHANNELS;
    double weighted[CHANNELS] = {0}, plain[CHANNELS] = {0}, mass = 0, certainty = 0;
    size_t above_zero = 0, above_one = 0, above_minus_one = 0;
    for (size_t first = 0; first < w->cells; first += CELLS) {
      const size_t count = w->cells - first < CELLS ? w->cells - first : CELLS;
      tk_sigmoid_f32(count, logits + first, shares);
      for (size_t i = 0; i < count; i++) {
        const float logit = logits[first + i];
        mass += shares[i];
        certainty += fabs(2 * (double)shares[i] - 1);
        above_zero += logit > 0;
        above_one += logit > 1;
        above_minus_one += logit > -1;
      }
      const float *rows = features + first * w->channels + channel;
      TK_CHOOSE(rows_table)(count, part, shares, rows, w->channels, weighted);
      TK_CHOOSE(rows_table)(count, part, ones, rows, w->channels, plain);
    }
    for (size_t c = 0; c < part; c++) {
      out[channel + c] = (float)(weighted[c] / (mass + 1e-3));
      out[w->channels + channel + c] = (float)(plain[c] / cells);
    }
    last[0] = (float)((double)above_zero / cells);
    last[1] = (float)((double)(above_one + 1) / (double)(above_minus_one + 1));
    last[2] = (float)(certainty / cells);
    channel += part;
  } while (channel < w->channels);
  last[3] = (float)sqrt((double)box[2] * box[3]);
}

void tk_refiner_statistics_f32(
    size_t boxes, size_t cells, size_t channels, const float *logits, const float *features, const float *box,
    size_t middle, float *output, size_t output_stride) {
  if (cells == 0) return;
  statistics_work work = {cells, channels, logits, features, box, middle, output, output_stride};
  tk_parallel_for(boxes, statistics_task, &work);
}
