#include <math.h>

#include "../runtime/activate_scalar.h"
#include "gradient.h"

void tk_activate_numbers_scalar(size_t count, tk_activation activation, const float *input, float *output) {
  for (size_t i = 0; i < count; i++) output[i] = (float)tk_activate_scalar(input[i], activation);
}

void tk_activation_gradient_scalar(
    size_t count, tk_activation activation, const float *source, const float *gradient, float *output) {
  for (size_t i = 0; i < count; i++)
    output[i] = (float)(gradient[i] * tk_activation_slope_scalar(source[i], activation));
}

void tk_multiply_scalar(size_t count, const float *a, const float *b, float *output) {
  for (size_t i = 0; i < count; i++) output[i] = a[i] * b[i];
}

void tk_sigmoid_gradient_scalar(size_t count, const float *a, const float *b, float *output) {
  for (size_t i = 0; i < count; i++) output[i] = (float)((double)a[i] * (1 - (double)a[i]) * b[i]);
}

void tk_scale_scalar(size_t count, float factor, const float *input, float *output) {
  for (size_t i = 0; i < count; i++) output[i] = input[i] * factor;
}

void tk_column_sums_scalar(size_t rows, size_t channels, const float *input, size_t stride, double *restrict sums) {
  for (size_t c = 0; c < channels; c++) sums[c] = 0;
  for (size_t r = 0; r < rows; r++)
    for (size_t c = 0; c < channels; c++) sums[c] += input[r * stride + c];
}
