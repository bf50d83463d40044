#include "outer.h"

void tk_outer_block_scalar(
    size_t rows, size_t m, size_t n, const float *a, size_t a_stride, const float *b, size_t b_stride, bool accumulate,
    float *c, size_t c_stride) {
  for (size_t i = 0; i < m; i++)
    for (size_t j = 0; j < n; j++) {
      double sum = accumulate ? c[i * c_stride + j] : 0;
      for (size_t r = 0; r < rows; r++) sum += (double)a[r * a_stride + i] * b[r * b_stride + j];
      c[i * c_stride + j] = (float)sum;
    }
}
