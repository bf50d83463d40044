#include "check.h"

typedef struct {
  tk_convolution_shape shape;
  bool is_depthwise;
  const float *input, *weights;
  tk_epilogue epilogue;
} convolution;

static void run(const void *context, float *output) {
  const convolution *c = context;
  if (c->is_depthwise) {
    tk_depthwise_f32(c->shape, c->input, c->weights, output, c->epilogue);
  } else {
    tk_convolution_f32(c->shape, c->input, c->weights, output, c->epilogue);
  }
}

static size_t outputs(size_t size, size_t kernel, size_t stride, size_t dilation, size_t padding) {
  return (size + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1;
}

static void one(
    bool is_depthwise, size_t batch, size_t height, size_t width, size_t channels, size_t output_channels,
    size_t kernel, size_t stride, size_t dilation) {
  size_t padding = dilation * (kernel / 2);
  tk_convolution_shape shape = {
      .batch = batch, .height = height, .width = width, .channels = channels, .kernel_height = kernel,
      .kernel_width = kernel, .stride = stride, .dilation = dilation, .padding_top = padding, .padding_left = padding,
      .output_height = outputs(height, kernel, stride, dilation, padding),
      .output_width = outputs(width, kernel, stride, dilation, padding), .output_channels = output_channels};
  size_t depth = kernel * kernel * (is_depthwise ? 1 : channels);
  float *weights = uniform(output_channels * depth, -1, 1);
  if (!is_depthwise) {
    float *packed = room(tk_packed_size(output_channels, depth) * sizeof(float));
    tk_pack_f32(output_channels, depth, weights, depth, packed);
    weights = packed;
  }
  convolution c = {
      shape, is_depthwise, uniform(batch * height * width * channels, -1, 1), weights,
      {.bias = uniform(output_channels, -1, 1), .activation = TK_ACTIVATION_RELU6}};
  size_t count = batch * shape.output_height * shape.output_width * output_channels;
  double bound = 2 * ((double)depth + 3) * unit_roundoff * ((double)depth + 2);
  check((kernel_case){
      is_depthwise ? "depthwise" : "convolution", shape3(height, width, channels), count, NULL, bound, 0, run, &c});
}

void convolutions(void) {
  static const size_t channels[] = {1, 3, 8, 17, 33};
  for (size_t n = 0; n < 5; n++) {
    for (size_t stride = 1; stride <= 2; stride++) {
      one(false, 2, 9, 7, channels[n], 2 * channels[n] + 1, 3, stride, 1);
      one(true, 2, 9, 7, channels[n], channels[n], 3, stride, 1);
      one(true, 1, 11, 13, channels[n], channels[n], 5, stride, 1);
    }
    one(false, 1, 11, 12, channels[n], 19, 3, 1, 3);
    one(false, 1, 12, 8, channels[n], 21, 4, 4, 1);
    // Few outputs and wide rows, which are not gathered.
    one(false, 2, 13, 29, channels[n], 24, 3, 1, 1);
    one(false, 1, 9, 51, channels[n], 32, 3, 2, 1);
    one(false, 1, 12, 32, channels[n], 7, 3, 1, 4);
    one(false, 1, 30, 27, channels[n], 5, 5, 1, 2);
    one(false, 1, 9, 97, channels[n], 21, 4, 4, 1);
  }
}
