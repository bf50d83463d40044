#include "check.h"

typedef struct {
  size_t m, n, k, gap;
  const float *a;
  const uint16_t *packed;
  tk_epilogue epilogue;
} product;

static void run_product(const void *context, float *output) {
  const product *p = context;
  tk_product_bf16(p->m, p->n, p->k, p->a, p->k + p->gap, p->packed, output, p->n, p->epilogue);
}

/// With the instructions for bf16, where there are any, and without.
static void check_both(kernel_case c) {
  check(c);
  tk_allow_bf16_instructions(false);
  check(c);
  tk_allow_bf16_instructions(true);
}

static uint16_t *packed_weights(size_t n, size_t k) {
  uint16_t *packed = room(tk_packed_bf16_size(n, k) * sizeof *packed);
  tk_pack_bf16(n, k, uniform(n * k, -1, 1), k, packed);
  return packed;
}

/// Of sums of `k` products of numbers up to 1, in f32.
static double bound(size_t k) { return 2 * ((double)k + 3) * unit_roundoff * ((double)k + 2); }

static void one_product(size_t m, size_t n, size_t k, size_t gap, tk_activation activation, bool has_all) {
  product p = {m, n, k, gap, uniform(m * (k + gap), -1, 1), packed_weights(n, k), {.activation = activation}};
  if (has_all) {
    p.epilogue.bias = uniform(n, -1, 1);
    p.epilogue.residual = uniform(m * n, -1, 1);
    p.epilogue.residual_stride = n;
  }
  check_both((kernel_case){"product of bf16", shape3(m, n, k), m * n, NULL, bound(k), 0, run_product, &p});
}

typedef struct {
  tk_convolution_shape shape;
  const float *input;
  const uint16_t *packed;
  tk_epilogue epilogue;
} convolution;

static void run_convolution(const void *context, float *output) {
  const convolution *c = context;
  tk_convolution_bf16(c->shape, c->input, c->packed, output, c->epilogue);
}

static void one_convolution(
    size_t batch, size_t height, size_t width, size_t channels, size_t outputs, size_t kernel, size_t stride,
    size_t dilation) {
  size_t reach = dilation * (kernel - 1), padding = reach / 2, depth = kernel * kernel * channels;
  tk_convolution_shape shape = {
      .batch = batch, .height = height, .width = width, .channels = channels, .kernel_height = kernel,
      .kernel_width = kernel, .stride = stride, .dilation = dilation, .padding_top = padding, .padding_left = padding,
      .output_height = (height + 2 * padding - reach - 1) / stride + 1,
      .output_width = (width + 2 * padding - reach - 1) / stride + 1, .output_channels = outputs};
  size_t count = batch * shape.output_height * shape.output_width * outputs;
  convolution c = {
      shape, uniform(batch * height * width * channels, -1, 1), packed_weights(outputs, depth),
      {.bias = uniform(outputs, -1, 1), .residual = uniform(count, -1, 1), .residual_stride = outputs,
       .activation = TK_ACTIVATION_RELU}};
  check_both((kernel_case){
      "convolution in bf16", shape3(height, width, channels), count, NULL, bound(depth), 0, run_convolution, &c});
}

void products_bf16(void) {
  static const size_t depths[] = {1, 2, 17, 38};
  for (size_t d = 0; d < 4; d++)
    for (size_t m = 1; m <= 17; m++)
      for (size_t n = 1; n <= 35; n += m % 2 ? 2 : 5) one_product(m, n, depths[d], m % 3, TK_ACTIVATION_NONE, n % 3);
  for (int activation = TK_ACTIVATION_NONE; activation <= (int)TK_ACTIVATION_GELU; activation++)
    one_product(23, 45, 19, 2, (tk_activation)activation, true);
  one_product(97, 113, 131, 0, TK_ACTIVATION_NONE, false);
  one_product(6, 256, 256, 0, TK_ACTIVATION_RELU, true);
  one_product(1, 200, 300, 0, TK_ACTIVATION_NONE, true);
  for (size_t kernel = 1; kernel <= 4; kernel++)
    for (size_t stride = 1; stride <= 2; stride++)
      for (size_t dilation = 1; dilation <= 2; dilation++)
        for (size_t channels = 3; channels <= 18; channels += 5)
          one_convolution(2, 9, 8 + channels, channels, 2 * channels + 11, kernel, stride, dilation);
}
