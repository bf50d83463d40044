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

tk_product_plan tk_plan_product(size_t m, size_t n, size_t k) {
  size_t panels = ceil_div(n, TK_PANEL), work = m * n * k + 1, row_block = largest_row_block(k);
  size_t tasks = ceil_div(work, task_work);
  if (tasks > most_tasks) tasks = most_tasks;
  size_t rows = ceil_div(ceil_div(m, tasks), row_step / 2) * (row_step / 2);
  tk_product_plan plan = {m, n, ceil_div(m, rows < row_block ? rows : row_block), panels, 0};
  if (plan.row_tasks < tasks) {
    size_t groups = ceil_div(tasks, plan.row_tasks);
    // Even numbers of panels: tiles are up to two panels wide, those of few rows up to four.
    plan.panels_of_task = ceil_div(ceil_div(panels, groups), 2) * 2;
  }
  plan.tasks = plan.row_tasks * ceil_div(panels, plan.panels_of_task);
  return plan;
}

tk_product_part tk_part_of_product(const tk_product_plan *plan, size_t task) {
  size_t row_task = task % plan->row_tasks, columns = plan->panels_of_task * TK_PANEL;
  tk_product_part part = {.column = task / plan->row_tasks * columns};
  // Rows are dealt out evenly.
  part.row = plan->m * row_task / plan->row_tasks;
  part.rows = plan->m * (row_task + 1) / plan->row_tasks - part.row;
  part.columns = columns < plan->n - part.column ? columns : plan->n - part.column;
  return part;
}

typedef struct {
  size_t k;
  const float *a;
  size_t a_stride;
  const float *packed;
  float *c;
  size_t c_stride;
  tk_epilogue epilogue;
  tk_product_function *kernel;
  tk_product_plan plan;
} product;

static void run_task(void *context, size_t index) {
  const product *p = context;
  tk_product_part part = tk_part_of_product(&p->plan, index);
  tk_epilogue epilogue = p->epilogue;
  if (epilogue.bias) epilogue.bias += part.column;
  if (epilogue.residual) epilogue.residual += part.row * epilogue.residual_stride + part.column;
  p->kernel(
      part.rows, part.columns, p->k, p->a + part.row * p->a_stride, p->a_stride, p->packed + part.column * p->k,
      p->c + part.row * p->c_stride + part.column, p->c_stride, &epilogue);
}

void tk_product_f32(
    size_t m, size_t n, size_t k, const float *a, size_t a_stride, const float *packed, float *c, size_t c_stride,
    tk_epilogue epilogue) {
  if (m == 0 || n == 0) return;
  product p = {k, a, a_stride, packed, c, c_stride, epilogue, TK_CHOOSE(kernels), tk_plan_product(m, n, k)};
  tk_parallel_for(p.plan.tasks, run_task, &p);
}
