#ifndef TK_GEMM_PRODUCT_BF16_H
#define TK_GEMM_PRODUCT_BF16_H

#include "../elementwise/elementwise.h"
#include "product.h"

/// The specification of a product on the calling thread: rounds the numbers of `a` one by one. Otherwise as
/// `tk_product_function`.
void tk_product_bf16_scalar(
    size_t m, size_t n, size_t k, const float *a, size_t a_stride, const uint16_t *packed, float *c, size_t c_stride,
    const tk_epilogue *epilogue);

/// `tk_product_block` where each number of `a` and of the panels stands for two of bf16, the first in its lower half; `k`
/// and `a_stride` count these pairs.
extern tk_product_function tk_product_pairs_neon, tk_product_pairs_avx2, tk_product_pairs_avx512,
    tk_product_pairs_avx512bf16;
extern tk_narrow tk_narrow_bf16_avx512bf16;

/// What a product of pairs is made of.
typedef struct {
  tk_narrow *narrow;
  tk_product_function *product;
} tk_bf16_kernels;

/// The kernels for the instruction set in use; no product where that is the scalar one.
tk_bf16_kernels tk_choose_bf16(void);

/// The pairs of a row of `k` numbers; where `k` is odd, the last number is joined by a zero.
static inline size_t tk_pairs(size_t k) { return (k + 1) / 2; }

/// Pairs from one rounded row to the next: an odd number of cache lines, so that the rows of a tile lie in different sets.
static inline size_t tk_pair_stride(size_t pairs) { return ((pairs + TK_PANEL - 1) / TK_PANEL | 1) * TK_PANEL; }

/// Rounds a row of `k` numbers into pairs.
static inline void tk_round_row(tk_narrow *narrow, size_t k, const float *from, float *to) {
  uint16_t *numbers = (uint16_t *)to;
  narrow(k, from, numbers);
  if (k % 2) numbers[k] = 0;
}

#endif
