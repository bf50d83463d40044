#include "outer.h"

#include <string.h>

static tk_outer_function *const kernels[] = TK_TABLE(tk_outer_block);

enum {
  task_work = 1000000,       // multiplications
  most_tasks = 32,
  column_step = 28,          // a multiple of the tiles' heights, 14, and about one of 6
  part_numbers = 1 << 20,    // of all parts that are summed by themselves
  numbers_a_task = 1 << 14,  // of the sum of the parts
};

static size_t at_most(size_t a, size_t b) { return a < b ? a : b; }
static size_t ceil_div(size_t a, size_t b) { return (a + b - 1) / b; }

// ---------------------------------------------------------------------------------------------------------------- parts

typedef struct {
  size_t count, parts;
  const float *input;
  float *output;
} addition;

static void add_task(void *context, size_t index) {
  const addition *call = context;
  size_t first = index * numbers_a_task, count = at_most(numbers_a_task, call->count - first);
  float *restrict output = call->output + first;
  memcpy(output, call->input + first, count * sizeof(float));
  for (size_t part = 1; part < call->parts; part++) {
    const float *restrict input = call->input + part * call->count + first;
    for (size_t i = 0; i < count; i++) output[i] += input[i];
  }
}

void tk_add_parts(size_t count, size_t parts, const float *input, float *output) {
  addition call = {count, parts, input, output};
  tk_parallel_for(ceil_div(count, numbers_a_task), add_task, &call);
}

// -------------------------------------------------------------------------------------------------------------- product

typedef struct {
  size_t rows, m, n;
  const float *a;
  size_t a_stride;
  const float *b;
  size_t b_stride;
  float *c;  // [parts, m, n]
  tk_outer_function *kernel;
  size_t parts, groups;  // of the rows, of the columns of `a`
} outer;

static void run_task(void *context, size_t index) {
  const outer *call = context;
  size_t part = index / call->groups, group = index % call->groups;
  size_t first = call->rows * part / call->parts, end = call->rows * (part + 1) / call->parts;
  size_t column = call->m * group / call->groups, columns = call->m * (group + 1) / call->groups - column;
  float *c = call->c + (part * call->m + column) * call->n;
  for (size_t row = first; row < end; row += TK_OUTER_ROWS)
    call->kernel(
        at_most(TK_OUTER_ROWS, end - row), columns, call->n, call->a + row * call->a_stride + column, call->a_stride,
        call->b + row * call->b_stride, call->b_stride, row > first, c, call->n);
}

void tk_outer_product_f32(
    size_t rows, size_t m, size_t n, const float *a, size_t a_stride, const float *b, size_t b_stride, float *c) {
  if (m == 0 || n == 0) return;
  if (rows == 0) {
    memset(c, 0, m * n * sizeof(float));
    return;
  }
  size_t tasks = at_most(most_tasks, ceil_div(rows * m * n, task_work));
  outer call = {rows, m, n, a, a_stride, b, b_stride, c, TK_CHOOSE(kernels), 1, 1};
  // Parts of the rows read everything once; where their sums would take too much memory, columns are shared out too.
  call.parts = at_most(at_most(tasks, ceil_div(rows, TK_OUTER_ROWS)), part_numbers / (m * n) + 1);
  call.groups = at_most(ceil_div(tasks, call.parts), ceil_div(m, column_step));
  float *sums = call.parts > 1 ? tk_memory_acquire(call.parts * m * n * sizeof(float)) : NULL;
  if (sums)
    call.c = sums;
  else
    call.parts = 1;
  tk_parallel_for(call.parts * call.groups, run_task, &call);
  if (sums) tk_add_parts(m * n, call.parts, sums, c);
  tk_memory_release(sums);
}
