#include "product_bf16.h"

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

size_t tk_packed_bf16_size(size_t n, size_t k) { return tk_packed_size(n, tk_pairs(k)) * 2; }

/// Number (j, p) of the weights is at `weights + j * output_step + p * input_step`.
static void pack_bf16(
    size_t n, size_t k, const float *weights, size_t output_step, size_t input_step, uint16_t *packed) {
  for (size_t j = 0; j < n; j += TK_PANEL)
    for (size_t p = 0; p < tk_pairs(k) * 2; p += 2, packed += 2 * TK_PANEL) {
      float pairs[2 * TK_PANEL];
      for (size_t l = 0; l < TK_PANEL; l++) {
        const float *row = weights + (j + l) * output_step + p * input_step;
        pairs[2 * l] = j + l < n ? row[0] : 0;
        pairs[2 * l + 1] = j + l < n && p + 1 < k ? row[input_step] : 0;
      }
      tk_convert_f32_bf16(2 * TK_PANEL, pairs, packed);
    }
}

void tk_pack_bf16(size_t n, size_t k, const float *weights, size_t stride, uint16_t *packed) {
  pack_bf16(n, k, weights, stride, 1, packed);
}

void tk_pack_transposed_bf16(size_t n, size_t k, const float *weights, size_t stride, uint16_t *packed) {
  pack_bf16(n, k, weights, 1, stride, packed);
}
