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

/// Columns of a strip: one bit of a word each.
#define TK_STRIP 64

/// Some columns of a mask that is drawn from a map of logits (see `tk_draw_runs`).
typedef struct {
  const float *logits;   // the map, `[rows, width]`
  size_t rows, width;
  size_t columns;        // 1 ... TK_STRIP of the strip
  const int32_t *cells;  // [TK_STRIP] the first of the three cells of each column; the last ones repeat
  const float *shares;   // [3, TK_STRIP] what the three cells count
  const tk_drawing_axis *vertical;
  float offset;
  float *scratch;        // [rows, TK_STRIP]
} tk_strip;

/// Bit x of `words[y]`: whether the logit of column x and row y is above 0; adds to `counts` those above `offset`, 0 and
/// -`offset`. `words` has a word for each row.
typedef void tk_strip_words(const tk_strip *strip, uint64_t *words, tk_logit_counts *counts);
TK_DECLARE_ISAS(tk_strip_words, tk_strip_words);

/// Rows whose sum is taken in single precision before it joins the others in double precision.
#define TK_MASK_ROWS 32

#endif
