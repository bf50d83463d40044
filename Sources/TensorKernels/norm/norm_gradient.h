// Inner loops of the ways back through LayerNorm and GroupNorm; one thread each.
#ifndef TK_NORM_GRADIENT_H
#define TK_NORM_GRADIENT_H

#include "../runtime/isa.h"

/// The way back through LayerNorm for `rows` rows; arguments as in `tk_layer_norm_gradient_f32`. The gradients by weight
/// and bias are written for these rows alone. `scratch` has `channels` numbers.
typedef void tk_layer_norm_gradient_rows(
    size_t rows, size_t channels, const float *input, const float *addend, const float *weight, float epsilon,
    const float *gradient, float *output, float *weight_gradient, float *bias_gradient, float *restrict scratch);
TK_DECLARE_ISAS(tk_layer_norm_gradient_rows, tk_layer_norm_gradient_rows);

/// What the ways back through GroupNorm's rows share: the result before the activation is
/// `(input - centre) * scale + shift`.
typedef struct {
  size_t channels;
  const float *centre, *scale, *shift;
  tk_activation activation;
} tk_group_norm_channels;

/// For each channel over `positions` rows: `sums` gets the sum of g, the gradient before the activation, and `products` that
/// of `g * (input - centre)`.
typedef void tk_group_norm_sums_function(
    size_t positions, const tk_group_norm_channels *channels, const float *input, const float *gradient,
    double *restrict sums, double *restrict products);
TK_DECLARE_ISAS(tk_group_norm_sums_function, tk_group_norm_sums);

/// `output = g * scale + (input - centre) * slope + offset`, with one slope and offset a channel.
typedef void tk_group_norm_input_function(
    size_t positions, const tk_group_norm_channels *channels, const float *input, const float *gradient,
    const float *slope, const float *offset, float *output);
TK_DECLARE_ISAS(tk_group_norm_input_function, tk_group_norm_input);

#endif
