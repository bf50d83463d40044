#include <string.h>

#include "deformable_gradient.h"

static tk_deformable_gradient_head *const head_table[] = TK_TABLE(tk_deformable_gradient_head);

static void gradient_task(void *context, size_t head) {
  const tk_deformable_gradient *w = context;
  const size_t size = w->forward.head_size, stride = w->forward.heads * size;
  if (w->value_gradient)
    for (size_t t = 0; t < w->tokens; t++) memset(w->value_gradient + t * stride + head * size, 0, size * sizeof(float));
  TK_CHOOSE(head_table)(w, head);
}

void tk_deformable_attention_gradient_f32(
    size_t queries, size_t heads, size_t head_size, size_t levels, const tk_level_shape *shapes, size_t points,
    const float *value, const float *offsets, size_t offsets_stride, const float *logits, size_t logits_stride,
    const float *reference, size_t reference_size, const float *gradient, float *_Nullable value_gradient,
    float *_Nullable offsets_gradient, float *_Nullable logits_gradient) {
  const size_t samples = heads * levels * points;
  size_t tokens = 0;
  for (size_t level = 0; level < levels; level++) tokens += shapes[level].height * shapes[level].width;
  if (tokens == 0 || points == 0 || head_size == 0) {
    // Every sample is outside the map.
    if (offsets_gradient && queries * samples) memset(offsets_gradient, 0, queries * samples * 2 * sizeof(float));
    if (logits_gradient && queries * samples) memset(logits_gradient, 0, queries * samples * sizeof(float));
    if (value_gradient && tokens * heads * head_size)
      memset(value_gradient, 0, tokens * heads * head_size * sizeof(float));
    return;
  }
  tk_deformable_gradient work = {
      .forward =
          {heads, head_size, levels, points, shapes, value, offsets, logits, reference, offsets_stride, logits_stride,
           reference_size, NULL},
      .queries = queries, .tokens = tokens, .gradient = gradient, .value_gradient = value_gradient,
      .offsets_gradient = offsets_gradient, .logits_gradient = logits_gradient};
  tk_parallel_for(heads, gradient_task, &work);
}
