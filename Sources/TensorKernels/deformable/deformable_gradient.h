// Inner loop of the gradient of multi-scale deformable attention; one thread.
#ifndef TK_DEFORMABLE_GRADIENT_H
#define TK_DEFORMABLE_GRADIENT_H

#include "deformable.h"

typedef struct {
  tk_deformable forward;  // its output is not used
  size_t queries, tokens;
  const float *gradient;  // [queries, heads * head_size], by the output
  float *value_gradient;    // [tokens, heads * head_size]; NULL: not wanted
  float *offsets_gradient;  // [queries, heads * samples * 2]; NULL: not wanted, nor that by the logits
  float *logits_gradient;   // [queries, heads * samples]
} tk_deformable_gradient;

/// All queries of one head: no two heads write to the same number.
typedef void tk_deformable_gradient_head(const tk_deformable_gradient *work, size_t head);
TK_DECLARE_ISAS(tk_deformable_gradient_head, tk_deformable_gradient_head);

#endif
