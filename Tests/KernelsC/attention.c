#include "check.h"

typedef struct {
  size_t batch, tokens, heads, head_size;
  const float *q, *k, *v;
} heads;

static void run(const void *context, float *output) {
  const heads *h = context;
  size_t channels = h->heads * h->head_size;
  tk_attention_f32(
      h->batch, h->tokens, h->heads, h->head_size, h->q, channels + 1, h->k, channels, h->v, channels + 2, 0.4f, output,
      channels);
}

void attention(void) {
  static const size_t shapes[][4] = {
      {1, 1, 1, 1}, {3, 6, 8, 12}, {2, 7, 2, 5}, {1, 33, 3, 16}, {5, 6, 8, 32}, {1, 70, 1, 24}, {2, 17, 4, 8}};
  for (size_t n = 0; n < 7; n++) {
    heads h = {.batch = shapes[n][0], .tokens = shapes[n][1], .heads = shapes[n][2], .head_size = shapes[n][3]};
    size_t rows = h.batch * h.tokens, channels = h.heads * h.head_size;
    h.q = uniform(rows * (channels + 1), -2, 2);
    h.k = uniform(rows * channels, -2, 2);
    h.v = uniform(rows * (channels + 2), -1, 1);
    check((kernel_case){
        "attention", shape3(rows, h.heads, h.head_size), rows * channels, NULL, 1e-5, 0, run, &h});
  }
}
