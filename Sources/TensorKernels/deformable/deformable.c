#include <string.h>

#include "deformable.h"

static tk_deformable_queries *const queries_table[] = TK_TABLE(tk_deformable_queries);

enum { QUERIES_A_TASK = 32 };

typedef struct {
  tk_deformable shared;
  size_t queries;
} deformable_work;

static void deformable_task(void *context, size_t index) {
  const deformable_work *w = context;
  const size_t first = index * QUERIES_A_TASK, rest = w->queries - first;
  TK_CHOOSE(queries_table)(&w->shared, first, rest < QUERIES_A_TASK ? rest : QUERIES_A_TASK);
}

void tk_deformable_attention_f32(
    size_t queries, size_t heads, size_t head_size, size_t levels, const tk_level_shape *shapes, size_t points,
    const float *value, const float *offsets, size_t offsets_stride, const float *logits, size_t logits_stride,
    const float *reference, size_t reference_size, float *output) {
  size_t tokens = 0;
  for (size_t level = 0; level < levels; level++) tokens += shapes[level].height * shapes[level].width;
  if (tokens == 0 || points == 0) {
    // Every sample is outside the map.
    if (queries * heads * head_size) memset(output, 0, queries * heads * head_size * sizeof(float));
    return;
  }
  deformable_work work = {
      {heads, head_size, levels, points, shapes, value, offsets, logits, reference, offsets_stride, logits_stride,
       reference_size, output},
      queries};
  tk_parallel_for((queries + QUERIES_A_TASK - 1) / QUERIES_A_TASK, deformable_task, &work);
}
