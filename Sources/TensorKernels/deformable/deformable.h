// Inner loop of multi-scale deformable attention; one thread.
#ifndef TK_DEFORMABLE_H
#define TK_DEFORMABLE_H

#include "../runtime/isa.h"

/// The arguments of `tk_deformable_attention_f32`.
typedef struct {
  size_t heads, head_size, levels, points;
  const tk_level_shape *shapes;
  const float *value, *offsets, *logits, *reference;
  size_t offsets_stride, logits_stride, reference_size;
  float *output;
} tk_deformable;

/// Queries `first` ..< `first + count`, all heads.
typedef void tk_deformable_queries(const tk_deformable *work, size_t first, size_t count);
TK_DECLARE_ISAS(tk_deformable_queries, tk_deformable_queries);

#endif
