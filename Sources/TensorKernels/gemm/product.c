#include "product.h"

static tk_product_function *const kernels[] = TK_TABLE(tk_product_block);

enum {
  task_work = 1000000,        // multiplications: some ten microseconds, longer than waking a thread takes
  most_tasks = 32,
  cached_numbers = 48 << 10,  // of `a` in a second-level cache, beside the weights
  row_step = 84,              // a multiple of the tiles' heights, 14 and 6
};

/// Rows a task may have so that its part of `a` stays in the cache.
static size_t largest_row_block(size_t k) {
  size_t rows = cached_numbers / (k + 1);
  return rows >= row_step ? rows / row_step * row_step : 42;
}

static size_t ceil_div(size_t a, size_t b) { return (a + b - 1) / b; }

typedef struct {
  size_t m, n, k;
  const float *a;
  size_t a_stride;
  const float *packed;
  float *c;
  size_t c_stride;
  tk_epilogue epilogue;
  tk_product_function *kernel;
  size_t row_tasks, panels, panels_of_task;
} product;

static void run_task(void *context, size_t index) {
  const product *p = context;
  size_t row_task = index % p->row_tasks, column = index / p->row_tasks * p->panels_of_task * TK_PANEL;
  // Rows are dealt out evenly.
  size_t first = p->m * row_task / p->row_tasks, end = p->m * (row_task + 1) / p->row_tasks;
  size_t columns = p->panels_of_task * TK_PANEL;
  if (columns > p->n - column) columns = p->n - column;
  tk_epilogue epilogue = p->epilogue;
  if (epilogue.bias) epilogue.bias += column;
  if (epilogue.residual) epilogue.residual += first * epilogue.residual_stride + column;
  p->kernel(
      end - first, columns, p->k, p->a + first * p->a_stride, p->a_stride, p->packed + column * p->k,
      p->c + first * p->c_stride + column, p->c_stride, &epilogue);
}

void tk_product_f32(
    size_t m, size_t n, size_t k, const float *a, size_t a_stride, const float *packed, float *c, size_t c_stride,
    tk_epilogue epilogue) {
  if (m == 0 || n == 0) return;
  product p = {m, n, k, a, a_stride, packed, c, c_stride, epilogue, TK_CHOOSE(kernels), 1, 0, 0};
  p.panels = p.panels_of_task = ceil_div(n, TK_PANEL);

  size_t work = m * n * k + 1, row_block = largest_row_block(k);
  size_t tasks = ceil_div(work, task_work);
  if (tasks > most_tasks) tasks = most_tasks;
  size_t rows = ceil_div(ceil_div(m, tasks), row_step / 2) * (row_step / 2);
  p.row_tasks = ceil_div(m, rows < row_block ? rows : row_block);
  if (p.row_tasks < tasks) {
    size_t groups = ceil_div(tasks, p.row_tasks);
    // Even numbers of panels: tiles are up to two panels wide, those of few rows up to four.
    p.panels_of_task = ceil_div(ceil_div(p.panels, groups), 2) * 2;
  }
  tk_parallel_for(p.row_tasks * ceil_div(p.panels, p.panels_of_task), run_task, &p);
}
