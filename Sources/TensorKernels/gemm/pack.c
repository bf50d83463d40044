#include "product.h"

size_t tk_packed_size(size_t n, size_t k) { return (n + TK_PANEL - 1) / TK_PANEL * TK_PANEL * k; }

void tk_pack_f32(size_t n, size_t k, const float *weights, size_t stride, float *packed) {
  for (size_t j = 0; j < n; j += TK_PANEL, packed += TK_PANEL * k)
    for (size_t p = 0; p < k; p++)
      for (size_t l = 0; l < TK_PANEL; l++)
        packed[p * TK_PANEL + l] = j + l < n ? weights[(j + l) * stride + p] : 0;
}

void tk_pack_transposed_f32(size_t n, size_t k, const float *weights, size_t stride, float *packed) {
  for (size_t j = 0; j < n; j += TK_PANEL)
    for (size_t p = 0; p < k; p++, packed += TK_PANEL) {
      const float *row = weights + p * stride + j;
      if (n - j >= TK_PANEL)
        for (size_t l = 0; l < TK_PANEL; l++) packed[l] = row[l];
      else
        for (size_t l = 0; l < TK_PANEL; l++) packed[l] = j + l < n ? row[l] : 0;
    }
}
