#include <stdatomic.h>
#include <string.h>

#include "resample_gradient.h"

// Each row of the input's gradient is the work of one task, which collects what was made of it in the order of the output.

static tk_scaled_add *const add_table[] = TK_TABLE(tk_scaled_add);
static tk_bilinear_row_gradient *const row_table[] = TK_TABLE(tk_bilinear_row_gradient);

// --------------------------------------------------------------------------------------------------------------- resize

enum { ROWS_A_TASK = 4 };

typedef struct {
  size_t height, width, channels;
  const float *gradient;
  size_t output_height, output_width;
  tk_bilinear_taps *rows, *columns;
  float *input_gradient;
  atomic_bool failed;
} resize_work;

static void resize_task(void *context, size_t index) {
  resize_work *w = context;
  const size_t first = index * ROWS_A_TASK, stride = w->output_width * w->channels;
  const size_t end = first + ROWS_A_TASK < w->height ? first + ROWS_A_TASK : w->height;
  float *sums = tk_memory_acquire(stride * sizeof(float));
  if (!sums) {
    atomic_store(&w->failed, true);
    return;
  }
  tk_scaled_add *const add = TK_CHOOSE(add_table);
  size_t begin = 0;
  for (size_t y = first; y < end; y++) {
    // Rows first, then columns.
    memset(sums, 0, stride * sizeof(float));
    while (begin < w->output_height && w->rows[begin].second < y) begin++;
    for (size_t i = begin; i < w->output_height && w->rows[i].first <= y; i++) {
      const tk_bilinear_taps taps = w->rows[i];
      add(stride, taps.first == y ? 1 - taps.fraction : taps.fraction, w->gradient + i * stride, sums);
    }
    float *row = w->input_gradient + y * w->width * w->channels;
    memset(row, 0, w->width * w->channels * sizeof(float));
    TK_CHOOSE(row_table)(w->output_width, w->channels, w->columns, 1, sums, w->channels, row);
  }
  tk_memory_release(sums);
}

bool tk_resize_bilinear_gradient_f32(
    size_t height, size_t width, size_t channels, const float *gradient, size_t output_height, size_t output_width,
    float *input_gradient) {
  if (height == 0 || width == 0 || channels == 0) return true;
  tk_bilinear_taps *taps = tk_memory_acquire((output_height + output_width + 1) * sizeof(tk_bilinear_taps));
  if (!taps) return false;
  resize_work work = {
      .height = height, .width = width, .channels = channels, .gradient = gradient, .output_height = output_height,
      .output_width = output_width, .rows = taps, .columns = taps + output_height, .input_gradient = input_gradient};
  for (size_t i = 0; i < output_height; i++) work.rows[i] = tk_resize_taps(i, height, output_height);
  for (size_t i = 0; i < output_width; i++) work.columns[i] = tk_resize_taps(i, width, output_width);
  tk_parallel_for((height + ROWS_A_TASK - 1) / ROWS_A_TASK, resize_task, &work);
  tk_memory_release(taps);
  return !atomic_load(&work.failed);
}

// ---------------------------------------------------------------------------------------------------------------- boxes

enum { ROWS_A_BAND = 8 };

typedef struct {
  size_t boxes_of_map, bands;
  const float *box;
  size_t grid;
  float extent;
  size_t height, width, channels;
  const float *gradient;
  size_t gradient_stride;
  float *map_gradient;
} sample_work;

/// Whether a row of the grid over a box may read the rows `first` ..< `end`.
static bool reaches(const sample_work *w, const float *box, size_t first, size_t end) {
  const tk_bilinear_taps top = tk_sample_taps(0, w->grid, w->extent, box[1], box[3], w->height);
  const tk_bilinear_taps bottom = tk_sample_taps(w->grid - 1, w->grid, w->extent, box[1], box[3], w->height);
  const size_t low = top.first < bottom.first ? top.first : bottom.first;
  const size_t high = top.second > bottom.second ? top.second : bottom.second;
  return low < end && high >= first;
}

/// What one box gives to the rows `first` ..< `end` of its map.
static void add_box(const sample_work *w, size_t index, size_t first, size_t end, float *map) {
  const float *box = w->box + index * 4, *gradient = w->gradient + index * w->grid * w->grid * w->gradient_stride;
  tk_bilinear_row_gradient *const add = TK_CHOOSE(row_table);
  for (size_t x = 0; x < w->grid; x += TK_RESAMPLE_COLUMNS) {
    const size_t count = w->grid - x < TK_RESAMPLE_COLUMNS ? w->grid - x : TK_RESAMPLE_COLUMNS;
    tk_bilinear_taps columns[TK_RESAMPLE_COLUMNS];
    for (size_t j = 0; j < count; j++)
      columns[j] = tk_sample_taps(x + j, w->grid, w->extent, box[0], box[2], w->width);
    for (size_t y = 0; y < w->grid; y++) {
      const tk_bilinear_taps taps = tk_sample_taps(y, w->grid, w->extent, box[1], box[3], w->height);
      const float *cells = gradient + (y * w->grid + x) * w->gradient_stride;
      const size_t rows[2] = {taps.first, taps.second};
      const float weights[2] = {1 - taps.fraction, taps.fraction};
      for (int i = 0; i < 2; i++)
        if (weights[i] != 0 && rows[i] >= first && rows[i] < end)
          add(count, w->channels, columns, weights[i], cells, w->gradient_stride,
              map + rows[i] * w->width * w->channels);
    }
  }
}

static void sample_task(void *context, size_t index) {
  const sample_work *w = context;
  const size_t number = index / w->bands, first = index % w->bands * ROWS_A_BAND;
  const size_t end = first + ROWS_A_BAND < w->height ? first + ROWS_A_BAND : w->height;
  const size_t row = w->width * w->channels;
  float *map = w->map_gradient + number * w->height * row;
  memset(map + first * row, 0, (end - first) * row * sizeof(float));
  for (size_t n = number * w->boxes_of_map; n < (number + 1) * w->boxes_of_map; n++)
    if (reaches(w, w->box + 4 * n, first, end)) add_box(w, n, first, end, map);
}

void tk_sample_boxes_gradient_f32(
    size_t boxes, const float *box, size_t grid, float extent, size_t height, size_t width, size_t channels,
    bool one_map_per_box, const float *gradient, size_t gradient_stride, float *map_gradient) {
  const size_t maps = one_map_per_box ? boxes : 1;
  if (height == 0 || width == 0 || channels == 0 || maps == 0) return;
  if (grid == 0) {
    memset(map_gradient, 0, maps * height * width * channels * sizeof(float));
    return;
  }
  sample_work work = {
      one_map_per_box ? 1 : boxes, (height + ROWS_A_BAND - 1) / ROWS_A_BAND, box, grid, extent, height, width, channels,
      gradient, gradient_stride, map_gradient};
  tk_parallel_for(maps * work.bands, sample_task, &work);
}
