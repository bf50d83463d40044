#include "../runtime/activate_scalar.h"
#include "product.h"

void tk_product_block_scalar(
    size_t m, size_t n, size_t k, const float *a, size_t a_stride, const float *packed, float *c, size_t c_stride,
    const tk_epilogue *epilogue) {
  for (size_t i = 0; i < m; i++)
    for (size_t j = 0; j < n; j++) {
      const float *weights = packed + j / TK_PANEL * TK_PANEL * k + j % TK_PANEL;
      double sum = 0;
      for (size_t p = 0; p < k; p++) sum += (double)a[i * a_stride + p] * weights[p * TK_PANEL];
      if (epilogue->bias) sum += epilogue->bias[j];
      sum = tk_activate_scalar(sum, epilogue->activation);
      if (epilogue->residual) sum += epilogue->residual[i * epilogue->residual_stride + j];
      c[i * c_stride + j] = (float)sum;
    }
}
