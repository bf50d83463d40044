// Numbers of bf16 for scalar kernels.
#ifndef TK_GEMM_BF16_SCALAR_H
#define TK_GEMM_BF16_SCALAR_H

#include <string.h>

#include "product_bf16.h"

static inline float tk_widened_bf16_scalar(uint16_t number) {
  uint32_t bits = (uint32_t)number << 16;
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

/// The nearest number of bf16.
static inline float tk_rounded_bf16_scalar(float value) {
  uint16_t number;
  tk_narrow_bf16_scalar(1, &value, &number);
  return tk_widened_bf16_scalar(number);
}

/// Input `p` of output `j` of packed weights with `k` inputs.
static inline float tk_packed_bf16_scalar(const uint16_t *packed, size_t k, size_t j, size_t p) {
  const uint16_t *panel = packed + j / TK_PANEL * TK_PANEL * tk_pairs(k) * 2;
  return tk_widened_bf16_scalar(panel[(p / 2 * TK_PANEL + j % TK_PANEL) * 2 + p % 2]);
}

#endif
