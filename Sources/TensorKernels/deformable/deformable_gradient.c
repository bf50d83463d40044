#include <stdatomic.h>
#include <string.h>

#include "deformable_gradient.h"

static tk_deformable_gradient_head *const head_table[] = TK_TABLE(tk_deformable_gradient_head);

// The values' gradient is scattered, so each head, which has channels of its own, is one task.
typedef struct {
  tk_deformable forward;
  size_t queries, tokens;
  const float *gradient;
  float *value_gradient, *offsets_gradient, *logits_gradient;
  atomic_bool failed;
} gradient_work;

/// The head's columns of `count` rows, `padded` numbers apart with zeros behind them.
static void gather(size_t count, size_t stride, size_t size, size_t padded, const float *rows, float *output) {
  for (size_t i = 0; i < count; i++) {
    memcpy(output + i * padded, rows + i * stride, size * sizeof(float));
    for (size_t c = size; c < padded; c++) output[i * padded + c] = 0;
  }
}

static void gradient_task(void *context, size_t head) {
  gradient_work *w = context;
  const size_t size = w->forward.head_size, stride = w->forward.heads * size;
  const size_t padded = (size + TK_DEFORMABLE_ROW - 1) / TK_DEFORMABLE_ROW * TK_DEFORMABLE_ROW;
  float *value = tk_memory_acquire((2 * w->tokens + w->queries) * padded * sizeof(float));
  if (!value) {
    atomic_store(&w->failed, true);
    return;
  }
  float *value_gradient = value + w->tokens * padded, *gradient = value_gradient + w->tokens * padded;
  gather(w->tokens, stride, size, padded, w->forward.value + head * size, value);
  gather(w->queries, stride, size, padded, w->gradient + head * size, gradient);
  if (w->value_gradient) memset(value_gradient, 0, w->tokens * padded * sizeof(float));
  const tk_deformable_gradient work = {
      .forward = &w->forward, .queries = w->queries, .padded = padded, .value = value, .gradient = gradient,
      .value_gradient = w->value_gradient ? value_gradient : NULL, .offsets_gradient = w->offsets_gradient,
      .logits_gradient = w->logits_gradient};
  TK_CHOOSE(head_table)(&work, head);
  if (w->value_gradient)
    for (size_t t = 0; t < w->tokens; t++)
      memcpy(w->value_gradient + t * stride + head * size, value_gradient + t * padded, size * sizeof(float));
  tk_memory_release(value);
}

bool tk_deformable_attention_gradient_f32(
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
    return true;
  }
  gradient_work work = {
      .forward =
          {heads, head_size, levels, points, shapes, value, offsets, logits, reference, offsets_stride, logits_stride,
           reference_size, NULL},
      .queries = queries, .tokens = tokens, .gradient = gradient, .value_gradient = value_gradient,
      .offsets_gradient = offsets_gradient, .logits_gradient = logits_gradient};
  tk_parallel_for(heads, gradient_task, &work);
  return !atomic_load(&work.failed);
}
