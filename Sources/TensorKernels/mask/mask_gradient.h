// Inner loops of the gradients of masks; one thread each.
#ifndef TK_MASK_GRADIENT_H
#define TK_MASK_GRADIENT_H

#include "mask.h"

/// Sums over the cells of a row, g its gradient, r and the prior as in `tk_ellipse_row`.
typedef struct {
  double prior;       // of g * prior
  double slope;       // of g / r, where the prior is above the floor; so the next two
  double slope_dx;    // of g * dx / r
  double slope_dx2;   // of g * dx^2 / r
} tk_ellipse_sums;

typedef tk_ellipse_sums tk_ellipse_row_gradient(
    size_t width, float centre, float half, float dy2, float floor, const float *gradient);
TK_DECLARE_ISAS(tk_ellipse_row_gradient, tk_ellipse_row_gradient);

/// The way back of weighted means, for `count` rows of `channels` numbers: `products[i]` = sum of `weighted[c] * rows[i, c]`,
/// and `gradient[i, c] = weights[i] * weighted[c] + plain[c]`.
typedef void tk_weighted_rows_gradient(
    size_t count, size_t channels, const float *weights, const float *weighted, const float *plain, const float *rows,
    float *products, float *gradient);
TK_DECLARE_ISAS(tk_weighted_rows_gradient, tk_weighted_rows_gradient);

#endif
