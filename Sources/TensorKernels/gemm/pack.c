#include "product_bf16.h"

enum { numbers_a_task = 1 << 16 };

/// Weights whose number (output j, input p) is at `weights + j * output_step + p * input_step`.
typedef struct {
  size_t n, k;
  const float *weights;
  size_t output_step, input_step;
  void *packed;
  size_t panels_of_task;
} packing;

static void for_each_task(packing call, void (*pack)(void *context, size_t index)) {
  size_t panels = (call.n + TK_PANEL - 1) / TK_PANEL;
  call.panels_of_task = numbers_a_task / (TK_PANEL * call.k + 1) + 1;
  tk_parallel_for((panels + call.panels_of_task - 1) / call.panels_of_task, pack, &call);
}

/// The outputs of a task, `*first ..< end`; a task that is not the last one has whole panels.
static size_t end_of_task(const packing *call, size_t index, size_t *first) {
  size_t outputs = call->panels_of_task * TK_PANEL;
  *first = index * outputs;
  return call->n - *first < outputs ? call->n : *first + outputs;
}


size_t tk_packed_size(size_t n, size_t k) { return (n + TK_PANEL - 1) / TK_PANEL * TK_PANEL * k; }

static void pack_f32(void *context, size_t index) {
  const packing *call = context;
  size_t j, end = end_of_task(call, index, &j);
  float *packed = (float *)call->packed + j * call->k;
  for (; j < end; j += TK_PANEL)
    for (size_t p = 0; p < call->k; p++, packed += TK_PANEL) {
      const float *column = call->weights + j * call->output_step + p * call->input_step;
      if (end - j >= TK_PANEL)
        for (size_t l = 0; l < TK_PANEL; l++) packed[l] = column[l * call->output_step];
      else
        for (size_t l = 0; l < TK_PANEL; l++) packed[l] = j + l < end ? column[l * call->output_step] : 0;
    }
}

void tk_pack_f32(size_t n, size_t k, const float *weights, size_t stride, float *packed) {
  for_each_task((packing){n, k, weights, stride, 1, packed, 0}, pack_f32);
}

void tk_pack_transposed_f32(size_t n, size_t k, const float *weights, size_t stride, float *packed) {
  for_each_task((packing){n, k, weights, 1, stride, packed, 0}, pack_f32);
}

size_t tk_packed_bf16_size(size_t n, size_t k) { return tk_packed_size(n, tk_pairs(k)) * 2; }

static void pack_bf16(void *context, size_t index) {
  enum { together = 16 };  // inputs that are rounded in one call
  const packing *call = context;
  size_t j, end = end_of_task(call, index, &j), whole = tk_pairs(call->k) * 2;
  uint16_t *packed = (uint16_t *)call->packed + j * whole;
  for (; j < end; j += TK_PANEL)
    for (size_t first = 0, next; first < whole; first = next) {
      next = whole - first < together ? whole : first + together;
      float pairs[together * TK_PANEL];
      for (size_t l = 0; l < TK_PANEL; l++) {
        const float *row = call->weights + (j + l) * call->output_step;
        for (size_t p = first; p < next; p++)
          pairs[((p - first) / 2 * TK_PANEL + l) * 2 + p % 2] =
              j + l < end && p < call->k ? row[p * call->input_step] : 0;
      }
      tk_convert_f32_bf16((next - first) * TK_PANEL, pairs, packed);
      packed += (next - first) * TK_PANEL;
    }
}

void tk_pack_bf16(size_t n, size_t k, const float *weights, size_t stride, uint16_t *packed) {
  for_each_task((packing){n, k, weights, stride, 1, packed, 0}, pack_bf16);
}

void tk_pack_transposed_bf16(size_t n, size_t k, const float *weights, size_t stride, uint16_t *packed) {
  for_each_task((packing){n, k, weights, 1, stride, packed, 0}, pack_bf16);
}
