// Inner loops of LayerNorm and GroupNorm; one thread each.
#ifndef TK_NORM_H
#define TK_NORM_H

#include "../runtime/isa.h"

/// LayerNorm of `rows` rows; arguments as in `tk_layer_norm_f32`.
typedef void tk_layer_norm_rows(
    size_t rows, size_t channels, const float *input, const float *addend, const float *weight, const float *bias,
    float epsilon, float *output);
TK_DECLARE_ISAS(tk_layer_norm_rows, tk_layer_norm_rows);

/// Mean and sum of squared distances from it, of each channel over `positions` (at least 1) rows.
typedef void tk_channel_moments(
    size_t positions, size_t channels, const float *input, double *restrict mean, double *restrict squares);
TK_DECLARE_ISAS(tk_channel_moments, tk_channel_moments);

/// `activation((input - mean) * scale + bias)` with one mean, scale and bias a channel. `output` may be `input`.
typedef void tk_channel_affine(
    size_t positions, size_t channels, const float *input, const float *mean, const float *scale, const float *bias,
    tk_activation activation, float *output);
TK_DECLARE_ISAS(tk_channel_affine, tk_channel_affine);

/// Rows that are summed in single precision before their moments join the rest in double precision.
#define TK_NORM_BLOCK 32

/// Adds a block's moments (`count` rows) to those of the `before` rows before it: Chan, Golub and LeVeque, "Updating
/// formulae and a pairwise algorithm for computing sample variances" (1979).
static inline void tk_merge_moments(
    double before, double count, double block_mean, double block_squares, double *mean, double *squares) {
  const double distance = block_mean - *mean, share = count / (before + count);
  *mean += distance * share;
  *squares += block_squares + distance * distance * before * share;
}

/// Of one group of channels: the mean, and the reciprocal of the deviation (with epsilon).
typedef struct {
  double mean, scale;
} tk_group_statistics;

/// What GroupNorm does to each channel, `(input - centre) * scale + shift`: `coefficients` `[3, channels]` gets centres,
/// scales and shifts. Arguments as in `tk_group_norm_f32`, none of the sizes 0. Returns false when there is no memory.
bool tk_group_norm_coefficients(
    size_t positions, size_t channels, size_t groups, const float *input, const float *weight, const float *bias,
    float epsilon, float *coefficients, tk_group_statistics *statistics);

#endif
