// Inner loops of the gradients of resizing and sampling; one thread each.
#ifndef TK_RESAMPLE_GRADIENT_H
#define TK_RESAMPLE_GRADIENT_H

#include "resample.h"

/// `output += weight * input` for `count` numbers.
typedef void tk_scaled_add(size_t count, float weight, const float *input, float *output);
TK_DECLARE_ISAS(tk_scaled_add, tk_scaled_add);

/// The way back of a row of `tk_bilinear_row` into one of the two rows it was blended from, which had the share `weight`:
/// cell j of the gradient, at `gradient + j * gradient_stride`, is added to the cells of `row` that `taps[j]` names.
typedef void tk_bilinear_row_gradient(
    size_t count, size_t channels, const tk_bilinear_taps *taps, float weight, const float *gradient,
    size_t gradient_stride, float *row);
TK_DECLARE_ISAS(tk_bilinear_row_gradient, tk_bilinear_row_gradient);

#endif
