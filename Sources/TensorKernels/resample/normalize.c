#include <string.h>

#include "resample.h"

static tk_normalize_row *const row_table[] = TK_TABLE(tk_normalize_row);

typedef struct {
  size_t height, width;
  const uint8_t *input;
  size_t padded_width;
  const float *mean, *deviation;
  float *output;
} normalize_work;

static void normalize_task(void *context, size_t y) {
  const normalize_work *w = context;
  float *row = w->output + y * w->padded_width * 3;
  const size_t width = y < w->height ? w->width : 0;
  if (width) TK_CHOOSE(row_table)(width, w->input + y * width * 3, w->mean, w->deviation, row);
  memset(row + width * 3, 0, (w->padded_width - width) * 3 * sizeof(float));
}

void tk_normalize_u8(
    size_t height, size_t width, const uint8_t *input, size_t padded_height, size_t padded_width,
    const float mean[_Nonnull 3], const float deviation[_Nonnull 3], float *output) {
  normalize_work work = {height, width, input, padded_width, mean, deviation, output};
  tk_parallel_for(padded_height, normalize_task, &work);
}
