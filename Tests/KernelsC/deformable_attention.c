#include "check.h"

typedef struct {
  size_t queries, heads, head_size, levels, points, reference_size;
  const tk_level_shape *shapes;
  const float *value, *offsets, *logits, *reference;
} sampling;

static void run(const void *context, float *output) {
  const sampling *s = context;
  size_t logits = s->heads * s->levels * s->points;
  tk_deformable_attention_f32(
      s->queries, s->heads, s->head_size, s->levels, s->shapes, s->points, s->value, s->offsets, 2 * logits, s->logits,
      logits, s->reference, s->reference_size, output);
}

void deformable_attention(void) {
  static const tk_level_shape shapes[] = {{9, 7}, {5, 4}, {3, 2}, {1, 1}};
  static const size_t head_sizes[] = {1, 3, 4, 8, 12, 17, 32};
  for (size_t n = 0; n < 7; n++) {
    for (size_t levels = 1; levels <= 4; levels += 3) {
      for (size_t reference_size = 2; reference_size <= 4; reference_size += 2) {
        size_t rows = 0;
        for (size_t l = 0; l < levels; l++) rows += shapes[l].height * shapes[l].width;
        sampling s = {13, 3, head_sizes[n], levels, n % 2 ? 4 : 3, reference_size, shapes, NULL, NULL, NULL, NULL};
        size_t logits = s.heads * levels * s.points;
        s.value = uniform(rows * s.heads * s.head_size, -1, 1);
        s.offsets = uniform(s.queries * 2 * logits, -6, 6);
        s.logits = uniform(s.queries * logits, -3, 3);
        s.reference = uniform(s.queries * reference_size, 0, 1);
        check((kernel_case){
            "deformable attention", shape3(s.head_size, levels, reference_size), s.queries * s.heads * s.head_size, NULL,
            2e-5, 0, run, &s});
      }
    }
  }
}
