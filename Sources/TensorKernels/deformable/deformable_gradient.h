// Inner loop of the gradient of multi-scale deformable attention; one thread.
#ifndef TK_DEFORMABLE_GRADIENT_H
#define TK_DEFORMABLE_GRADIENT_H

#include "deformable.h"

/// Rows of a head are copied to rows of a multiple of so many numbers, which whole vectors fill.
#define TK_DEFORMABLE_ROW 16

/// One head, gathered: in their places, neighbouring tokens are whole powers of two apart, which few lines of a cache serve.
typedef struct {
  const tk_deformable *forward;  // its values and output are not used
  size_t queries;
  size_t padded;            // numbers of a row, `head_size` and zeros
  const float *value;       // [tokens, padded]
  const float *gradient;    // [queries, padded], by the output
  float *value_gradient;    // [tokens, padded], added to; NULL: not wanted
  float *offsets_gradient;  // [queries, heads * samples * 2]; NULL: not wanted, nor that by the logits
  float *logits_gradient;   // [queries, heads * samples]
} tk_deformable_gradient;

typedef void tk_deformable_gradient_head(const tk_deformable_gradient *work, size_t head);
TK_DECLARE_ISAS(tk_deformable_gradient_head, tk_deformable_gradient_head);

#endif
