#include "mask.h"

static tk_ellipse_row *const row_table[] = TK_TABLE(tk_ellipse_row);

enum { ROWS_A_TASK = 32 };

typedef struct {
  size_t height, width, blocks;
  const float *boxes;
  float gain, floor, *logits;
} ellipse_work;

static void ellipse_task(void *context, size_t index) {
  const ellipse_work *w = context;
  tk_ellipse_row *const row = TK_CHOOSE(row_table);
  const size_t n = index / w->blocks, first = index % w->blocks * ROWS_A_TASK;
  const size_t end = first + ROWS_A_TASK < w->height ? first + ROWS_A_TASK : w->height;
  const float *box = w->boxes + 4 * n;
  const float half_width = (box[2] < 1e-4f ? 1e-4f : box[2]) / 2, half_height = (box[3] < 1e-4f ? 1e-4f : box[3]) / 2;
  for (size_t y = first; y < end; y++) {
    const double dy = (((double)y + 0.5) / (double)w->height - box[1]) / half_height;
    row(w->width, box[0], half_width, (float)(dy * dy), w->gain, w->floor, w->logits + (n * w->height + y) * w->width);
  }
}

void tk_add_ellipse_prior_f32(
    size_t count, size_t height, size_t width, const float *boxes, float gain, float floor, float *logits) {
  if (width == 0) return;
  const size_t blocks = (height + ROWS_A_TASK - 1) / ROWS_A_TASK;
  ellipse_work work = {height, width, blocks, boxes, gain, floor, logits};
  tk_parallel_for(count * blocks, ellipse_task, &work);
}
