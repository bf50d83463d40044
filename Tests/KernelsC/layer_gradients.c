#include "check.h"

// The ways back of products, convolutions, norms and activations.

typedef struct {
  size_t rows, m, n;
  const float *a, *b;
} matrices;

static void outer_product(const void *context, float *output) {
  const matrices *x = context;
  tk_outer_product_f32(x->rows, x->m, x->n, x->a, x->m, x->b, x->n, output);
}

static void column_sums(const void *context, float *output) {
  const matrices *x = context;
  tk_column_sums_f32(x->rows, x->m, x->a, output);
}

static void products_back(void) {
  static const size_t sizes[][3] = {{1, 1, 1}, {3, 17, 5}, {40, 24, 33}, {700, 96, 48}, {129, 3, 200}};
  for (size_t i = 0; i < 5; i++) {
    matrices x = {.rows = sizes[i][0], .m = sizes[i][1], .n = sizes[i][2]};
    x.a = uniform(x.rows * x.m, -1, 1);
    x.b = uniform(x.rows * x.n, -1, 1);
    const double bound = 2 * ((double)x.rows + 3) * unit_roundoff * (double)x.rows;
    const char *what = shape3(x.rows, x.m, x.n);
    check((kernel_case){"gradient of weights", what, x.m * x.n, NULL, bound, 0, outer_product, &x});
    check((kernel_case){"gradient of a bias", what, x.m, NULL, bound, 0, column_sums, &x});
  }
}

typedef struct {
  tk_convolution_shape shape;
  const float *input, *gradient, *weights, *columns;
} convolution;

static void convolution_weights(const void *context, float *output) {
  const convolution *c = context;
  tk_convolution_weights_gradient_f32(c->shape, c->input, c->gradient, output);
}

static void scatter(const void *context, float *output) {
  const convolution *c = context;
  tk_scatter_columns_f32(c->shape, c->columns, output);
}

static void depthwise_weights(const void *context, float *output) {
  const convolution *c = context;
  tk_depthwise_weights_gradient_f32(c->shape, c->input, c->gradient, output);
}

static void depthwise_input(const void *context, float *output) {
  const convolution *c = context;
  tk_depthwise_input_gradient_f32(c->shape, c->gradient, c->weights, output);
}

static void convolutions_back(void) {
  static const size_t channels[] = {1, 3, 8, 17, 33}, kernels[] = {3, 5, 1, 3, 3}, strides[] = {1, 2, 1, 2, 1};
  for (size_t i = 0; i < 5; i++) {
    const size_t kernel = kernels[i], padding = kernel / 2;
    tk_convolution_shape shape = {
        .batch = 2, .height = 9, .width = 11, .channels = channels[i], .kernel_height = kernel, .kernel_width = kernel,
        .stride = strides[i], .dilation = 1, .padding_top = padding, .padding_left = padding,
        .output_height = (9 - 1) / strides[i] + 1, .output_width = (11 - 1) / strides[i] + 1,
        .output_channels = channels[i]};
    const size_t positions = 2 * shape.output_height * shape.output_width, taps = kernel * kernel;
    convolution c = {
        shape, uniform(2 * 9 * 11 * channels[i], -1, 1), uniform(positions * channels[i], -1, 1),
        uniform(taps * channels[i], -1, 1), uniform(positions * taps * channels[i], -1, 1)};
    const char *what = shape3(kernel, strides[i], channels[i]);
    const size_t inputs = 2 * 9 * 11 * channels[i];
    check((kernel_case){
        "gradient of a convolution's weights", what, taps * channels[i] * channels[i], NULL, 5e-5, 0,
        convolution_weights, &c});
    check((kernel_case){"columns back to the input", what, inputs, NULL, 5e-6, 0, scatter, &c});
    check((kernel_case){
        "gradient of depthwise weights", what, taps * channels[i], NULL, 5e-5, 0, depthwise_weights, &c});
    check((kernel_case){"gradient of depthwise input", what, inputs, NULL, 5e-6, 0, depthwise_input, &c});
  }
}

typedef struct {
  size_t rows, channels, groups;
  const float *input, *addend, *weight, *bias, *gradient;
  tk_activation activation;
} norm;

/// Gradients by the input, the weight and the bias, one after the other.
static void layer_norm(const void *context, float *output) {
  const norm *n = context;
  const size_t count = n->rows * n->channels;
  tk_layer_norm_gradient_f32(
      n->rows, n->channels, n->input, n->addend, n->weight, 1e-5f, n->gradient, output, output + count,
      output + count + n->channels);
}

static void group_norm(const void *context, float *output) {
  const norm *n = context;
  const size_t count = n->rows * n->channels;
  tk_group_norm_gradient_f32(
      n->rows, n->channels, n->groups, n->input, n->weight, n->bias, 1e-5f, n->activation, n->gradient, output,
      output + count, output + count + n->channels);
}

static void norms_back(void) {
  static const size_t sizes[][3] = {{1, 8, 2}, {7, 31, 1}, {53, 96, 32}, {130, 6, 3}};
  for (size_t i = 0; i < 4; i++) {
    const size_t rows = sizes[i][0], channels = sizes[i][1], count = rows * channels;
    norm n = {rows, channels, sizes[i][2], uniform(count, -3, 3), NULL, uniform(channels, -1, 1),
              uniform(channels, -1, 1), uniform(count, -1, 1), i % 2 ? TK_ACTIVATION_NONE : TK_ACTIVATION_RELU};
    const char *what = shape3(rows, channels, sizes[i][2]);
    check((kernel_case){"gradient of layer norm", what, count + 2 * channels, NULL, 5e-5, 1e-5, layer_norm, &n});
    // A group of one position and few channels has no width to divide by.
    if (rows > 1)
      check((kernel_case){"gradient of group norm", what, count + 2 * channels, NULL, 5e-5, 1e-5, group_norm, &n});
    n.addend = uniform(count, -1, 1);
    check((kernel_case){"gradient of layer norm of a sum", what, count + 2 * channels, NULL, 5e-5, 1e-5, layer_norm, &n});
  }
}

typedef struct {
  size_t count;
  const float *a, *b;
  tk_activation activation;
} numbers;

static void activate(const void *context, float *output) {
  const numbers *n = context;
  tk_activate_f32(n->count, n->activation, n->a, output);
}

static void activation_back(const void *context, float *output) {
  const numbers *n = context;
  tk_activation_gradient_f32(n->count, n->activation, n->a, n->b, output);
}

static void sigmoid_back(const void *context, float *output) {
  const numbers *n = context;
  tk_sigmoid_gradient_f32(n->count, n->a, n->b, output);
}

static void inverse_sigmoid_back(const void *context, float *output) {
  const numbers *n = context;
  tk_inverse_sigmoid_gradient_f32(n->count, 1e-3f, n->a, n->b, output);
}

static void multiply(const void *context, float *output) {
  const numbers *n = context;
  tk_multiply_f32(n->count, n->a, n->b, output);
}

static void scale(const void *context, float *output) {
  const numbers *n = context;
  tk_scale_f32(n->count, 0.7f, n->a, output);
}

static void sum(const void *context, float *output) {
  const numbers *n = context;
  output[0] = (float)tk_sum_f32(n->count, n->a);
}

static void elementwise_back(void) {
  static const size_t counts[] = {1, 4, 15, 17, 1000};
  for (size_t i = 0; i < 5; i++) {
    const size_t count = counts[i];
    const char *what = shape2(count, 1);
    numbers n = {count, uniform(count, -8, 8), uniform(count, -1, 1), TK_ACTIVATION_NONE};
    for (int a = TK_ACTIVATION_RELU; a <= (int)TK_ACTIVATION_GELU; a++) {
      n.activation = (tk_activation)a;
      check((kernel_case){"activation", what, count, NULL, 1e-6, 1e-6, activate, &n});
      check((kernel_case){"gradient of an activation", what, count, NULL, 1e-6, 1e-6, activation_back, &n});
    }
    check((kernel_case){"product of numbers", what, count, NULL, 0, 0, multiply, &n});
    check((kernel_case){"scaled", what, count, NULL, 0, 0, scale, &n});
    check((kernel_case){"sum", what, 1, NULL, 1e-6, 1e-6, sum, &n});
    numbers shares = {count, uniform(count, 0, 1), uniform(count, -1, 1), TK_ACTIVATION_NONE};
    check((kernel_case){"gradient of sigmoid", what, count, NULL, 1e-6, 1e-6, sigmoid_back, &shares});
    check((kernel_case){"gradient of inverse sigmoid", what, count, NULL, 1e-6, 4e-6, inverse_sigmoid_back, &shares});
  }
}

void layer_gradients(void) {
  products_back();
  convolutions_back();
  norms_back();
  elementwise_back();
}
