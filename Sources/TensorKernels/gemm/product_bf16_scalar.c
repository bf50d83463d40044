#include "../runtime/activate_scalar.h"
#include "bf16_scalar.h"

void tk_product_bf16_scalar(
    size_t m, size_t n, size_t k, const float *a, size_t a_stride, const uint16_t *packed, float *c, size_t c_stride,
    const tk_epilogue *epilogue) {
  for (size_t i = 0; i < m; i++)
    for (size_t j = 0; j < n; j++) {
      double sum = 0;
      for (size_t p = 0; p < k; p++)
        sum += (double)tk_rounded_bf16_scalar(a[i * a_stride + p]) * tk_packed_bf16_scalar(packed, k, j, p);
      if (epilogue->bias) sum += epilogue->bias[j];
      sum = tk_activate_scalar(sum, epilogue->activation);
      if (epilogue->residual) sum += epilogue->residual[i * epilogue->residual_stride + j];
      c[i * c_stride + j] = (float)sum;
    }
}
