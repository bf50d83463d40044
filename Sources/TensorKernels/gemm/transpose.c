#include "TensorKernels.h"

enum { side = 16 };  // of the squares that are turned while both sides of them stay in the cache

typedef struct {
  size_t rows, columns, bands;
  const float *input;
  float *output;
} transposition;

/// A band of `side` rows of one matrix.
static void run_task(void *context, size_t index) {
  const transposition *call = context;
  size_t rows = call->rows, columns = call->columns, size = rows * columns;
  const float *restrict input = call->input + index / call->bands * size;
  float *restrict output = call->output + index / call->bands * size;
  size_t first = index % call->bands * side, end = rows - first < side ? rows : first + side;
  for (size_t c = 0; c < columns; c += side) {
    size_t last = columns - c < side ? columns : c + side;
    for (size_t column = c; column < last; column++)
      for (size_t row = first; row < end; row++) output[column * rows + row] = input[row * columns + column];
  }
}

void tk_transpose_f32(size_t blocks, size_t rows, size_t columns, const float *input, float *output) {
  if (rows == 0 || columns == 0) return;
  transposition call = {rows, columns, (rows + side - 1) / side, input, output};
  tk_parallel_for(blocks * call.bands, run_task, &call);
}
