#include <stdatomic.h>

#include "product_bf16.h"

static tk_product_function *const kernels[] = TK_TABLE(tk_product_block);

enum {
  // Hidden numbers that stay in a second-level cache beside a part of the weights.
  cached_numbers = 128 << 10,
  row_step = 42,  // a multiple of the tiles' heights, 14 and 6
  // With fewer tasks than this, threads would wait for the last one: two products, each cut among all threads, then.
  least_tasks = 8,
};

typedef struct {
  size_t m, n, k, hidden, tasks;
  const float *a, *expand, *expand_bias, *contract;
  float *c;
  tk_activation activation;
  tk_epilogue epilogue;
  tk_product_function *kernel;
  atomic_bool failed;
} feed_forward;

static size_t row_block(size_t hidden) {
  size_t rows = cached_numbers / (hidden + 1) / row_step * row_step;
  return rows > row_step ? rows : row_step;
}

static void run_task(void *context, size_t index) {
  feed_forward *f = context;
  size_t first = f->m * index / f->tasks, rows = f->m * (index + 1) / f->tasks - first;
  tk_epilogue expanded = {.bias = f->expand_bias, .activation = f->activation}, epilogue = f->epilogue;
  if (epilogue.residual) epilogue.residual += first * epilogue.residual_stride;
  const float *a = f->a + first * f->k;
  float *c = f->c + first * f->n, *scratch = tk_memory_acquire(rows * f->hidden * sizeof(float));
  if (!scratch) {
    atomic_store(&f->failed, true);
    return;
  }
  f->kernel(rows, f->hidden, f->k, a, f->k, f->expand, scratch, f->hidden, &expanded);
  f->kernel(rows, f->n, f->hidden, scratch, f->hidden, f->contract, c, f->n, &epilogue);
  tk_memory_release(scratch);
}

bool tk_feed_forward_f32(
    size_t m, size_t n, size_t k, size_t hidden, const float *a, const float *expand, const float *expand_bias,
    tk_activation activation, const float *contract, float *c, tk_epilogue epilogue) {
  if (m == 0 || n == 0) return true;
  size_t rows = row_block(hidden), tasks = (m + rows - 1) / rows;
  if (tasks >= least_tasks) {
    feed_forward f = {m, n, k, hidden, tasks, a, expand, expand_bias, contract, c, activation, epilogue,
                      TK_CHOOSE(kernels), false};
    tk_parallel_for(tasks, run_task, &f);
    return !atomic_load(&f.failed);
  }
  float *scratch = tk_memory_acquire(m * hidden * sizeof(float));
  if (!scratch) return false;
  tk_product_f32(
      m, hidden, k, a, k, expand, scratch, hidden, (tk_epilogue){.bias = expand_bias, .activation = activation});
  tk_product_f32(m, n, hidden, scratch, hidden, contract, c, n, epilogue);
  tk_memory_release(scratch);
  return true;
}

typedef struct {
  size_t m, n, k, hidden, tasks;
  const float *a, *expand_bias;
  const uint16_t *expand, *contract;
  float *c;
  tk_activation activation;
  tk_epilogue epilogue;
  tk_bf16_kernels kernels;
  atomic_bool failed;
} feed_forward_bf16;

/// As `run_task`, and each row is rounded in its place before it is multiplied.
static void run_bf16_task(void *context, size_t index) {
  feed_forward_bf16 *f = context;
  size_t first = f->m * index / f->tasks, rows = f->m * (index + 1) / f->tasks - first;
  size_t pairs = tk_pairs(f->k), hidden_pairs = tk_pairs(f->hidden);
  size_t stride = tk_pair_stride(pairs), hidden_stride = tk_pair_stride(f->hidden);
  tk_epilogue expanded = {.bias = f->expand_bias, .activation = f->activation}, epilogue = f->epilogue;
  if (epilogue.residual) epilogue.residual += first * epilogue.residual_stride;
  const float *a = f->a + first * f->k;
  float *scratch = tk_memory_acquire(rows * (stride + hidden_stride) * sizeof(float));
  if (!scratch) {
    atomic_store(&f->failed, true);
    return;
  }
  float *hidden = scratch + rows * stride;
  for (size_t i = 0; i < rows; i++) tk_round_row(f->kernels.narrow, f->k, a + i * f->k, scratch + i * stride);
  f->kernels.product(
      rows, f->hidden, pairs, scratch, stride, (const float *)f->expand, hidden, hidden_stride, &expanded);
  // Rounding goes from the first number to the last and writes half as much as it reads.
  for (size_t i = 0; i < rows; i++)
    tk_round_row(f->kernels.narrow, f->hidden, hidden + i * hidden_stride, hidden + i * hidden_stride);
  f->kernels.product(
      rows, f->n, hidden_pairs, hidden, hidden_stride, (const float *)f->contract, f->c + first * f->n, f->n, &epilogue);
  tk_memory_release(scratch);
}

bool tk_feed_forward_bf16(
    size_t m, size_t n, size_t k, size_t hidden, const float *a, const uint16_t *expand, const float *expand_bias,
    tk_activation activation, const uint16_t *contract, float *c, tk_epilogue epilogue) {
  if (m == 0 || n == 0) return true;
  size_t rows = row_block(hidden), tasks = (m + rows - 1) / rows;
  tk_bf16_kernels kernels = tk_choose_bf16();
  if (tasks >= least_tasks && kernels.product) {
    feed_forward_bf16 f = {m, n, k, hidden, tasks, a, expand_bias, expand, contract, c, activation, epilogue,
                           kernels, false};
    tk_parallel_for(tasks, run_bf16_task, &f);
    return !atomic_load(&f.failed);
  }
  float *scratch = tk_memory_acquire(m * hidden * sizeof(float));
  if (!scratch) return false;
  tk_product_bf16(
      m, hidden, k, a, k, expand, scratch, hidden, (tk_epilogue){.bias = expand_bias, .activation = activation});
  tk_product_bf16(m, n, hidden, scratch, hidden, contract, c, n, epilogue);
  tk_memory_release(scratch);
  return true;
}
