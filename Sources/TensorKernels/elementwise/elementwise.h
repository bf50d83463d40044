// Loops over arrays; one thread each.
#ifndef TK_ELEMENTWISE_H
#define TK_ELEMENTWISE_H

#include "../runtime/isa.h"

/// `output = a + b`; `output` may be either.
typedef void tk_add(size_t count, const float *a, const float *b, float *output);
TK_DECLARE_ISAS(tk_add, tk_add);

/// `output = 1 / (1 + exp(-input))`; `output` may be `input`.
typedef void tk_sigmoid(size_t count, const float *input, float *output);
TK_DECLARE_ISAS(tk_sigmoid, tk_sigmoid);

/// Sine of `turns * 2 pi` at even indices and cosine at odd ones, where turns = value * frequencies[i / 2]: `2 * pairs`
/// numbers. The frequencies come in two parts that add up to them in twice the precision.
typedef void tk_sine_pairs(
    size_t pairs, float value, const float *restrict high, const float *restrict low, float *restrict output);
TK_DECLARE_ISAS(tk_sine_pairs, tk_sine_pairs);

/// From and to 16 bits.
typedef void tk_widen(size_t count, const uint8_t *input, float *output);
TK_DECLARE_ISAS(tk_widen, tk_widen_bf16);
TK_DECLARE_ISAS(tk_widen, tk_widen_f16);
typedef void tk_narrow(size_t count, const float *input, uint16_t *output);
TK_DECLARE_ISAS(tk_narrow, tk_narrow_bf16);
TK_DECLARE_ISAS(tk_narrow, tk_narrow_f16);

#endif
