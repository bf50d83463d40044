#include "resample.h"

static tk_bilinear_row *const row_table[] = TK_TABLE(tk_bilinear_row);

// --------------------------------------------------------------------------------------------------------------- resize

enum { ROWS_A_TASK = 8 };

typedef struct {
  size_t height, width, channels;
  const float *input;
  size_t output_height, output_width;
  bool accumulate;
  float *output;
} resize_work;

static void resize_task(void *context, size_t index) {
  const resize_work *w = context;
  tk_bilinear_row *const row = TK_CHOOSE(row_table);
  const size_t first = index * ROWS_A_TASK, stride = w->width * w->channels;
  const size_t end = first + ROWS_A_TASK < w->output_height ? first + ROWS_A_TASK : w->output_height;
  for (size_t x = 0; x < w->output_width; x += TK_RESAMPLE_COLUMNS) {
    const size_t count = w->output_width - x < TK_RESAMPLE_COLUMNS ? w->output_width - x : TK_RESAMPLE_COLUMNS;
    tk_bilinear_taps columns[TK_RESAMPLE_COLUMNS];
    for (size_t j = 0; j < count; j++) columns[j] = tk_resize_taps(x + j, w->width, w->output_width);
    for (size_t y = first; y < end; y++) {
      const tk_bilinear_taps taps = tk_resize_taps(y, w->height, w->output_height);
      row(count, w->channels, columns, w->input + taps.first * stride, w->input + taps.second * stride, taps.fraction,
          w->accumulate, w->output + (y * w->output_width + x) * w->channels, w->channels);
    }
  }
}

void tk_resize_bilinear_f32(
    size_t height, size_t width, size_t channels, const float *input, size_t output_height, size_t output_width,
    bool accumulate, float *output) {
  if (height == 0 || width == 0 || channels == 0) return;
  resize_work work = {height, width, channels, input, output_height, output_width, accumulate, output};
  tk_parallel_for((output_height + ROWS_A_TASK - 1) / ROWS_A_TASK, resize_task, &work);
}

// ---------------------------------------------------------------------------------------------------------------- boxes

typedef struct {
  const float *box;
  size_t grid;
  float extent;
  size_t height, width, channels;
  const float *map;
  size_t map_stride;
  float *output;
  size_t output_stride;
} sample_work;

static void sample_task(void *context, size_t index) {
  const sample_work *w = context;
  tk_bilinear_row *const row = TK_CHOOSE(row_table);
  const float *box = w->box + index * 4, *map = w->map + index * w->map_stride;
  const size_t stride = w->width * w->channels;
  float *output = w->output + index * w->grid * w->grid * w->output_stride;
  for (size_t x = 0; x < w->grid; x += TK_RESAMPLE_COLUMNS) {
    const size_t count = w->grid - x < TK_RESAMPLE_COLUMNS ? w->grid - x : TK_RESAMPLE_COLUMNS;
    tk_bilinear_taps columns[TK_RESAMPLE_COLUMNS];
    for (size_t j = 0; j < count; j++) columns[j] = tk_sample_taps(x + j, w->grid, w->extent, box[0], box[2], w->width);
    for (size_t y = 0; y < w->grid; y++) {
      const tk_bilinear_taps taps = tk_sample_taps(y, w->grid, w->extent, box[1], box[3], w->height);
      row(count, w->channels, columns, map + taps.first * stride, map + taps.second * stride, taps.fraction, false,
          output + (y * w->grid + x) * w->output_stride, w->output_stride);
    }
  }
}

void tk_sample_boxes_f32(
    size_t boxes, const float *box, size_t grid, float extent, size_t height, size_t width, size_t channels,
    const float *map, size_t map_stride, float *output, size_t output_stride) {
  if (height == 0 || width == 0 || channels == 0) return;
  sample_work work = {box, grid, extent, height, width, channels, map, map_stride, output, output_stride};
  tk_parallel_for(boxes, sample_task, &work);
}
