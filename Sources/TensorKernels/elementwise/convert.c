#include <string.h>

#include "elementwise.h"

static tk_widen *const widen_bf16_table[] = TK_TABLE(tk_widen_bf16);
static tk_widen *const widen_f16_table[] = TK_TABLE(tk_widen_f16);
static tk_narrow *const narrow_bf16_table[] = TK_TABLE(tk_narrow_bf16);
static tk_narrow *const narrow_f16_table[] = TK_TABLE(tk_narrow_f16);

void tk_convert_bf16_f32(size_t count, const void *input, float *output) {
  TK_CHOOSE(widen_bf16_table)(count, input, output);
}

void tk_convert_f16_f32(size_t count, const void *input, float *output) {
  TK_CHOOSE(widen_f16_table)(count, input, output);
}

void tk_convert_f64_f32(size_t count, const void *input, float *output) {
  const uint8_t *bytes = input;
  for (size_t i = 0; i < count; i++) {
    double x;
    memcpy(&x, bytes + 8 * i, sizeof x);
    output[i] = (float)x;
  }
}

void tk_convert_f32_bf16(size_t count, const float *input, uint16_t *output) {
  TK_CHOOSE(narrow_bf16_table)(count, input, output);
}

void tk_convert_f32_f16(size_t count, const float *input, uint16_t *output) {
  TK_CHOOSE(narrow_f16_table)(count, input, output);
}
