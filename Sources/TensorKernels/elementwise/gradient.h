// Loops of the training section over arrays; one thread each.
#ifndef TK_ELEMENTWISE_GRADIENT_H
#define TK_ELEMENTWISE_GRADIENT_H

#include "../runtime/isa.h"

/// `output = activation(input)`; `output` may be `input`.
typedef void tk_activate_function(size_t count, tk_activation activation, const float *input, float *output);
TK_DECLARE_ISAS(tk_activate_function, tk_activate_numbers);

/// Arguments as in `tk_activation_gradient_f32`.
typedef void tk_activation_gradient_function(
    size_t count, tk_activation activation, const float *source, const float *gradient, float *output);
TK_DECLARE_ISAS(tk_activation_gradient_function, tk_activation_gradient);

/// `output = f(a, b)`; `output` may be either.
typedef void tk_pairs_function(size_t count, const float *a, const float *b, float *output);
/// `a * b`.
TK_DECLARE_ISAS(tk_pairs_function, tk_multiply);
/// `a * (1 - a) * b`, the way back through a sigmoid whose result is `a`.
TK_DECLARE_ISAS(tk_pairs_function, tk_sigmoid_gradient);

/// `output = input * factor`; `output` may be `input`.
typedef void tk_scale_function(size_t count, float factor, const float *input, float *output);
TK_DECLARE_ISAS(tk_scale_function, tk_scale);

/// `sums` gets the sum of each of `channels` columns of `rows` rows, `stride` numbers apart.
typedef void tk_column_sums_function(
    size_t rows, size_t channels, const float *input, size_t stride, double *restrict sums);
TK_DECLARE_ISAS(tk_column_sums_function, tk_column_sums);

/// Rows that are summed in single precision before their sum joins the rest in double precision.
#define TK_SUM_BLOCK 32

#endif
