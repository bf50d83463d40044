#include <stdatomic.h>

#include "product.h"

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
