#include "check.h"

typedef struct {
  size_t height, width, heads, head_size, window, shift;
  const float *qkv, *padding, *table;
} windows;

static void run(const void *context, float *output) {
  const windows *w = context;
  tk_window_attention_f32(
      w->height, w->width, w->heads, w->head_size, w->window, w->shift, w->qkv, w->padding, w->table, output);
}

void window_attention(void) {
  static const size_t shapes[][6] = {{7, 7, 1, 8, 7, 0},  {9, 11, 3, 8, 4, 2},   {5, 3, 2, 5, 4, 0},
                                     {14, 8, 3, 32, 7, 3}, {13, 25, 2, 16, 12, 6}, {1, 1, 1, 3, 2, 1}};
  for (size_t n = 0; n < 6; n++) {
    windows w = {shapes[n][0], shapes[n][1], shapes[n][2], shapes[n][3], shapes[n][4], shapes[n][5], NULL, NULL, NULL};
    size_t channels = w.heads * w.head_size, side = 2 * w.window - 1;
    w.qkv = uniform(w.height * w.width * 3 * channels, -2, 2);
    w.padding = uniform(3 * channels, -1, 1);
    w.table = uniform(side * side * w.heads, -1, 1);
    check((kernel_case){
        "window attention", shape3(w.height, w.width, w.window), w.height * w.width * channels, NULL, 2e-5, 0, run, &w});
  }
}
