#include "check.h"

typedef struct {
  size_t m, n, k, gap;
  const float *a, *packed;
  tk_epilogue epilogue;
} product;

static void run(const void *context, float *output) {
  const product *p = context;
  tk_product_f32(p->m, p->n, p->k, p->a, p->k + p->gap, p->packed, output, p->n, p->epilogue);
}

static void one(size_t m, size_t n, size_t k, size_t gap, tk_activation activation, bool has_all) {
  float *packed = room(tk_packed_size(n, k) * sizeof(float));
  tk_pack_f32(n, k, uniform(n * k, -1, 1), k, packed);
  product p = {m, n, k, gap, uniform(m * (k + gap), -1, 1), packed, {.activation = activation}};
  if (has_all) {
    p.epilogue.bias = uniform(n, -1, 1);
    p.epilogue.residual = uniform(m * n, -1, 1);
    p.epilogue.residual_stride = n;
  }
  // Higham, "Accuracy and Stability of Numerical Algorithms", (3.5), with room for the epilogue.
  double bound = 2 * ((double)k + 3) * unit_roundoff * ((double)k + 2);
  check((kernel_case){"product", shape3(m, n, k), m * n, NULL, bound, 0, run, &p});
}

typedef struct {
  size_t m, n, k, hidden;
  const float *a, *expand, *contract;
  const float *expand_bias;
  tk_activation activation;
} feed_forward;

static void run_feed_forward(const void *context, float *output) {
  const feed_forward *f = context;
  tk_feed_forward_f32(
      f->m, f->n, f->k, f->hidden, f->a, f->expand, f->expand_bias, f->activation, f->contract, output,
      (tk_epilogue){.activation = TK_ACTIVATION_NONE});
}

static void one_feed_forward(size_t m, size_t n, size_t k, size_t hidden, tk_activation activation) {
  float *expand = room(tk_packed_size(hidden, k) * sizeof(float));
  tk_pack_f32(hidden, k, uniform(hidden * k, -1, 1), k, expand);
  float *contract = room(tk_packed_size(n, hidden) * sizeof(float));
  tk_pack_f32(n, hidden, uniform(n * hidden, -1, 1), hidden, contract);
  feed_forward f = {m, n, k, hidden, uniform(m * k, -1, 1), expand, contract, uniform(hidden, -1, 1), activation};
  // Hidden numbers are at most k + 1, each with the error of the first product; the second one adds its own.
  double first = 2 * ((double)k + 3) * unit_roundoff * ((double)k + 2);
  double bound = (double)hidden * (first + 2 * ((double)hidden + 3) * unit_roundoff * ((double)k + 2));
  check((kernel_case){"feed-forward", shape3(m, hidden, n), m * n, NULL, bound, 0, run_feed_forward, &f});
}

void products(void) {
  static const size_t depths[] = {1, 3, 17, 37};
  for (size_t d = 0; d < 4; d++)
    for (size_t m = 1; m <= 17; m++)
      for (size_t n = 1; n <= 35; n += m % 2 ? 1 : 3) one(m, n, depths[d], m % 3, TK_ACTIVATION_NONE, n % 2);
  for (int activation = TK_ACTIVATION_NONE; activation <= (int)TK_ACTIVATION_GELU; activation++)
    one(23, 45, 19, 2, (tk_activation)activation, true);
  one(97, 113, 131, 0, TK_ACTIVATION_NONE, false);
  one(6, 256, 256, 0, TK_ACTIVATION_RELU, true);
  one(1, 200, 300, 0, TK_ACTIVATION_NONE, true);
  one_feed_forward(5, 24, 17, 40, TK_ACTIVATION_GELU);
  one_feed_forward(700, 32, 16, 300, TK_ACTIVATION_RELU);
}
