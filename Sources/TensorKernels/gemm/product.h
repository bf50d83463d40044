#ifndef TK_GEMM_PRODUCT_H
#define TK_GEMM_PRODUCT_H

#include "../runtime/isa.h"

/// Outputs of one panel of packed weights.
#define TK_PANEL 16

/// A product on the calling thread. `packed` begins at any panel, `n` counts the columns from there on; `c`, the bias and
/// the residual begin at the same column.
typedef void tk_product_function(
    size_t m, size_t n, size_t k, const float *a, size_t a_stride, const float *packed, float *c, size_t c_stride,
    const tk_epilogue *epilogue);

TK_DECLARE_ISAS(tk_product_function, tk_product_block);

/// A product whose rows of `a` lie in `runs` pieces of `length` numbers, the same for every row: piece r begins
/// `offsets[r]` numbers behind the row's begin. The bits are those of the product of rows in one piece.
typedef void tk_product_of_runs_function(
    size_t m, size_t n, size_t runs, size_t length, const size_t *offsets, const float *a, size_t a_stride,
    const float *packed, float *c, size_t c_stride, const tk_epilogue *epilogue);

TK_DECLARE_ISAS(tk_product_of_runs_function, tk_product_of_runs);

/// How a product is cut into tasks: `row_tasks` blocks of rows by groups of panels.
typedef struct {
  size_t m, n;
  size_t row_tasks, panels_of_task, tasks;
} tk_product_plan;

/// What one task computes.
typedef struct {
  size_t row, rows, column, columns;
} tk_product_part;

/// `k` steps of as many bytes as an f32 number.
tk_product_plan tk_plan_product(size_t m, size_t n, size_t k);
tk_product_part tk_part_of_product(const tk_product_plan *plan, size_t task);

#endif
