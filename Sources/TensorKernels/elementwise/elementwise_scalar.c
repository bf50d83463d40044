#include <math.h>
#include <string.h>

#include "elementwise.h"

void tk_add_scalar(size_t count, const float *a, const float *b, float *output) {
  for (size_t i = 0; i < count; i++) output[i] = a[i] + b[i];
}

void tk_sigmoid_scalar(size_t count, const float *input, float *output) {
  for (size_t i = 0; i < count; i++) output[i] = (float)(1 / (1 + exp(-(double)input[i])));
}

void tk_sine_pairs_scalar(
    size_t pairs, float value, const float *restrict high, const float *restrict low, float *restrict output) {
  for (size_t i = 0; i < pairs; i++) {
    const double angle = value * ((double)high[i] + low[i]) * 6.283185307179586;
    output[2 * i] = (float)sin(angle);
    output[2 * i + 1] = (float)cos(angle);
  }
}

static uint32_t bits_of(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

static float number_of(uint32_t bits) {
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

void tk_widen_bf16_scalar(size_t count, const uint8_t *input, float *output) {
  for (size_t i = 0; i < count; i++)
    output[i] = number_of((uint32_t)input[2 * i] << 16 | (uint32_t)input[2 * i + 1] << 24);
}

void tk_widen_f16_scalar(size_t count, const uint8_t *input, float *output) {
  for (size_t i = 0; i < count; i++) {
    const uint32_t half = (uint32_t)input[2 * i] | (uint32_t)input[2 * i + 1] << 8;
    const uint32_t sign = (half & 0x8000) << 16, exponent = half >> 10 & 31, fraction = half & 0x3ff;
    if (exponent == 31)  // a NaN becomes quiet, as the processors' instructions make it
      output[i] = number_of(sign | 0x7f800000 | fraction << 13 | (fraction ? 0x400000 : 0));
    else if (exponent == 0)  // zero and subnormal: fraction * 2^-24 is exact
      output[i] = number_of(sign | bits_of((float)fraction * 0x1p-24f));
    else
      output[i] = number_of(sign | (exponent + 112) << 23 | fraction << 13);
  }
}

void tk_narrow_bf16_scalar(size_t count, const float *input, uint16_t *output) {
  for (size_t i = 0; i < count; i++) {
    const uint32_t bits = bits_of(input[i]);
    const bool is_nan = (bits & 0x7fffffff) > 0x7f800000;
    output[i] = (uint16_t)(is_nan ? bits >> 16 | 0x40 : (bits + 0x7fff + (bits >> 16 & 1)) >> 16);
  }
}

void tk_narrow_f16_scalar(size_t count, const float *input, uint16_t *output) {
  for (size_t i = 0; i < count; i++) {
    const uint32_t bits = bits_of(input[i]), sign = bits >> 16 & 0x8000, magnitude = bits & 0x7fffffff;
    uint32_t half;
    if (magnitude > 0x7f800000)  // NaN
      half = 0x7e00 | (magnitude >> 13 & 0x3ff);
    else if (magnitude >= 0x47800000)  // 65536 and above
      half = 0x7c00;
    else if (magnitude >= 0x38800000)  // normal; rounding may carry into the exponent and on to infinity
      half = (magnitude - 0x38000000 + 0xfff + (magnitude >> 13 & 1)) >> 13;
    else  // subnormal: adding 0.5 leaves units of 2^-24, rounded to even, in the low bits
      half = bits_of(number_of(magnitude) + 0.5f) - bits_of(0.5f);
    output[i] = (uint16_t)(sign | half);
  }
}
