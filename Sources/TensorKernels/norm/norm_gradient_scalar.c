#include <math.h>

#include "../runtime/activate_scalar.h"
#include "norm_gradient.h"

void tk_layer_norm_gradient_rows_scalar(
    size_t rows, size_t channels, const float *input, const float *addend, const float *weight, float epsilon,
    const float *gradient, float *output, float *weight_gradient, float *bias_gradient, float *restrict scratch) {
  for (size_t c = 0; c < channels; c++) weight_gradient[c] = bias_gradient[c] = 0;
  const double count = (double)channels;
  for (size_t r = 0; r < rows; r++) {
    const float *x = input + r * channels, *y = addend ? addend + r * channels : NULL, *g = gradient + r * channels;
    float *out = output + r * channels;
    double sum = 0, squares = 0, gradients = 0, products = 0;
    for (size_t c = 0; c < channels; c++) {
      scratch[c] = y ? x[c] + y[c] : x[c];
      sum += scratch[c];
    }
    const double mean = sum / count;
    for (size_t c = 0; c < channels; c++) squares += (scratch[c] - mean) * (scratch[c] - mean);
    const double scale = 1 / sqrt(squares / count + epsilon);
    for (size_t c = 0; c < channels; c++) {
      const double normed = (scratch[c] - mean) * scale, weighted = (double)g[c] * weight[c];
      gradients += weighted;
      products += weighted * normed;
      weight_gradient[c] = (float)(weight_gradient[c] + g[c] * normed);
      bias_gradient[c] += g[c];
    }
    for (size_t c = 0; c < channels; c++) {
      const double normed = (scratch[c] - mean) * scale;
      out[c] = (float)(scale * ((double)g[c] * weight[c] - gradients / count - normed * products / count));
    }
  }
}

/// The gradient before the activation.
static double gradient_at(const tk_group_norm_channels *n, size_t c, float input, float gradient) {
  const float result = (float)((double)(input - n->centre[c]) * n->scale[c] + n->shift[c]);
  return gradient * tk_activation_slope_scalar(result, n->activation);
}

void tk_group_norm_sums_scalar(
    size_t positions, const tk_group_norm_channels *n, const float *input, const float *gradient,
    double *restrict sums, double *restrict products) {
  for (size_t c = 0; c < n->channels; c++) sums[c] = products[c] = 0;
  for (size_t i = 0; i < positions * n->channels; i++) {
    const size_t c = i % n->channels;
    const double g = gradient_at(n, c, input[i], gradient[i]);
    sums[c] += g;
    products[c] += g * (input[i] - n->centre[c]);
  }
}

void tk_group_norm_input_scalar(
    size_t positions, const tk_group_norm_channels *n, const float *input, const float *gradient, const float *slope,
    const float *offset, float *output) {
  for (size_t i = 0; i < positions * n->channels; i++) {
    const size_t c = i % n->channels;
    const double g = gradient_at(n, c, input[i], gradient[i]);
    output[i] = (float)(g * n->scale[c] + (double)(input[i] - n->centre[c]) * slope[c] + offset[c]);
  }
}
