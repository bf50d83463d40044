#include <math.h>

#include "../runtime/activate_scalar.h"
#include "norm.h"

void tk_layer_norm_rows_scalar(
    size_t rows, size_t channels, const float *input, const float *addend, const float *weight, const float *bias,
    float epsilon, float *output) {
  for (size_t r = 0; r < rows; r++) {
    const float *x = input + r * channels, *y = addend ? addend + r * channels : NULL;
    float *out = output + r * channels;
    double sum = 0, squares = 0;
    for (size_t c = 0; c < channels; c++) {
      out[c] = y ? x[c] + y[c] : x[c];
      sum += out[c];
    }
    const double mean = sum / (double)channels;
    for (size_t c = 0; c < channels; c++) squares += (out[c] - mean) * (out[c] - mean);
    const double scale = 1 / sqrt(squares / (double)channels + epsilon);
    for (size_t c = 0; c < channels; c++) out[c] = (float)((out[c] - mean) * scale * weight[c] + bias[c]);
  }
}

void tk_channel_moments_scalar(
    size_t positions, size_t channels, const float *input, double *restrict mean, double *restrict squares) {
  for (size_t c = 0; c < channels; c++) {
    double sum = 0, sum_of_squares = 0;
    for (size_t p = 0; p < positions; p++) sum += input[p * channels + c];
    mean[c] = sum / (double)positions;
    for (size_t p = 0; p < positions; p++) {
      const double distance = input[p * channels + c] - mean[c];
      sum_of_squares += distance * distance;
    }
    squares[c] = sum_of_squares;
  }
}

void tk_channel_affine_scalar(
    size_t positions, size_t channels, const float *input, const float *mean, const float *scale, const float *bias,
    tk_activation activation, float *output) {
  for (size_t p = 0; p < positions; p++)
    for (size_t c = 0; c < channels; c++) {
      const size_t i = p * channels + c;
      output[i] = (float)tk_activate_scalar((double)(input[i] - mean[c]) * scale[c] + bias[c], activation);
    }
}
