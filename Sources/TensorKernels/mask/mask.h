// Inner loops of masks; one thread each.
#ifndef TK_MASK_H
#define TK_MASK_H

#include "../runtime/isa.h"

/// `logits[x] += gain * max(1 - sqrt(dx^2 + dy2 + 1e-12), floor)` for x in 0 ..< width, dx = ((x + 0.5) / width - centre) /
/// half.
typedef void tk_ellipse_row(
    size_t width, float centre, float half, float dy2, float gain, float floor, float *logits);
TK_DECLARE_ISAS(tk_ellipse_row, tk_ellipse_row);

/// `sums[c] += weights[i] * rows[i * stride + c]` for `count` rows and `channels` numbers of each.
typedef void tk_weighted_rows(
    size_t count, size_t channels, const float *weights, const float *rows, size_t stride, double *sums);
TK_DECLARE_ISAS(tk_weighted_rows, tk_weighted_rows);

/// Rows whose sum is taken in single precision before it joins the others in double precision.
#define TK_MASK_ROWS 32

#endif
