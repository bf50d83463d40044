#ifndef TK_GEMM_OUTER_H
#define TK_GEMM_OUTER_H

#include "../runtime/isa.h"

/// `c[m, n] = a[rows, m]^T * b[rows, n]`, or added to `c` where `accumulate` is true; on the calling thread.
typedef void tk_outer_function(
    size_t rows, size_t m, size_t n, const float *a, size_t a_stride, const float *b, size_t b_stride, bool accumulate,
    float *c, size_t c_stride);

TK_DECLARE_ISAS(tk_outer_function, tk_outer_block);

/// Rows that are summed at once: what they hold of `b` for one tile stays in a first-level cache.
#define TK_OUTER_ROWS 256

/// Adds `parts` arrays of `count` numbers, one behind the other, in their order.
void tk_add_parts(size_t count, size_t parts, const float *input, float *output);

#endif
