// Compares the kernels of every instruction set of this machine with the scalar ones, which are their specification.
//
// A family of kernels is one file with one function, listed in families.h. It makes inputs, and for each shape gives `check`
// a function that calls the kernel: what that writes with scalar kernels is the truth for all others.
#ifndef KERNELS_C_CHECK_H
#define KERNELS_C_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "TensorKernels.h"

/// Runs the kernel with its inputs in `context`, writing all of `output`. A kernel with several outputs writes them one
/// after the other.
typedef void run_function(const void *context, float *output);

/// One call of a kernel.
typedef struct {
  const char *family;
  const char *what;
  /// Numbers of the output.
  size_t count;
  /// What the output holds before; NULL: a value that no kernel computes.
  const float *initial;
  /// How far a number may be from the scalar one: `bound + relative * |scalar|`.
  double bound, relative;
  run_function *run;
  const void *context;
} kernel_case;

/// Runs a case with scalar kernels, then with those of each instruction set on one, two and three threads. Reports what lies
/// outside the bounds, what differs between numbers of threads, and what is written around the output.
void check(kernel_case c);

/// `count` numbers, uniform from `low` to `high`, the same on every machine. They live until the program ends.
float *uniform(size_t count, float low, float high);

/// `count` bytes of all values.
uint8_t *bytes(size_t count);

/// Memory that lives until the program ends; exits where there is none.
void *room(size_t size);

/// "5 x 3", for messages.
const char *shape2(size_t a, size_t b);
const char *shape3(size_t a, size_t b, size_t c);

/// Half a unit in the last place of f32, relative.
static const double unit_roundoff = 0x1p-24;

#endif
