#include "product_bf16.h"

#include <stdatomic.h>

#if defined(__x86_64__)
static const tk_bf16_kernels kernels[] = {
    [TK_ISA_SCALAR] = {tk_narrow_bf16_scalar, NULL},
    [TK_ISA_AVX2] = {tk_narrow_bf16_avx2, tk_product_pairs_avx2},
    [TK_ISA_AVX512] = {tk_narrow_bf16_avx512, tk_product_pairs_avx512},
};
#elif defined(__aarch64__)
static const tk_bf16_kernels kernels[] = {
    [TK_ISA_SCALAR] = {tk_narrow_bf16_scalar, NULL},
    [TK_ISA_NEON] = {tk_narrow_bf16_neon, tk_product_pairs_neon},
};
#else
static const tk_bf16_kernels kernels[] = {[TK_ISA_SCALAR] = {tk_narrow_bf16_scalar, NULL}};
#endif

// Whether `tk_allow_bf16_instructions` has forbidden them.
static atomic_bool are_forbidden;

bool tk_has_bf16_instructions(void) {
#if defined(__x86_64__)
  if (atomic_load_explicit(&are_forbidden, memory_order_relaxed) || tk_current_isa() != TK_ISA_AVX512) return false;
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx512bf16");
#else
  return false;
#endif
}

void tk_allow_bf16_instructions(bool are_allowed) {
  atomic_store_explicit(&are_forbidden, !are_allowed, memory_order_relaxed);
}

tk_bf16_kernels tk_choose_bf16(void) {
#if defined(__x86_64__)
  if (tk_has_bf16_instructions()) return (tk_bf16_kernels){tk_narrow_bf16_avx512bf16, tk_product_pairs_avx512bf16};
#endif
  return kernels[tk_current_isa()];
}

typedef struct {
  size_t k;
  const float *a;
  size_t a_stride;
  const uint16_t *packed;
  float *c;
  size_t c_stride;
  tk_epilogue epilogue;
  tk_bf16_kernels kernels;
  tk_product_plan plan;
} product;

static void run_task(void *context, size_t index) {
  const product *p = context;
  tk_product_part part = tk_part_of_product(&p->plan, index);
  tk_epilogue epilogue = p->epilogue;
  if (epilogue.bias) epilogue.bias += part.column;
  if (epilogue.residual) epilogue.residual += part.row * epilogue.residual_stride + part.column;
  const float *a = p->a + part.row * p->a_stride;
  size_t pairs = tk_pairs(p->k), stride = tk_pair_stride(pairs);
  const uint16_t *packed = p->packed + part.column * pairs * 2;
  float *c = p->c + part.row * p->c_stride + part.column;

  float *rows = p->kernels.product ? tk_memory_acquire(part.rows * stride * sizeof(float)) : NULL;
  if (!rows) {  // The specification needs no memory.
    tk_product_bf16_scalar(part.rows, part.columns, p->k, a, p->a_stride, packed, c, p->c_stride, &epilogue);
    return;
  }
  for (size_t i = 0; i < part.rows; i++) tk_round_row(p->kernels.narrow, p->k, a + i * p->a_stride, rows + i * stride);
  p->kernels.product(
      part.rows, part.columns, pairs, rows, stride, (const float *)packed, c, p->c_stride, &epilogue);
  tk_memory_release(rows);
}

void tk_product_bf16(
    size_t m, size_t n, size_t k, const float *a, size_t a_stride, const uint16_t *packed, float *c, size_t c_stride,
    tk_epilogue epilogue) {
  if (m == 0 || n == 0) return;
  product p = {
      k, a, a_stride, packed, c, c_stride, epilogue, tk_choose_bf16(), tk_plan_product(m, n, tk_pairs(k))};
  tk_parallel_for(p.plan.tasks, run_task, &p);
}
