// Elementwise loops with vectors.
#include "../runtime/vector.h"
#include "../runtime/vector_lanes.h"
#include "../runtime/partial.h"
#include "../runtime/vector_exp.h"

void TK_FUNCTION(tk_add)(size_t count, const float *a, const float *b, float *output) {
  size_t i = 0;
  for (; i + TK_LANES <= count; i += TK_LANES) tk_store(output + i, tk_load(a + i) + tk_load(b + i));
  if (i < count) tk_store_part(output + i, tk_load_part(a + i, count - i) + tk_load_part(b + i, count - i), count - i);
}

/// By exp(-|x|), so that small results keep all their digits.
TK_INLINE TK_VECTOR TK_FUNCTION(sigmoid)(TK_VECTOR x) {
  const TK_INTEGERS negative = x < (TK_VECTOR){0};
  const TK_VECTOR e = tk_exp(tk_select(negative, x, -x));
  return tk_select(negative, e, tk_splat(1)) / (1 + e);
}

void TK_FUNCTION(tk_sigmoid)(size_t count, const float *input, float *output) {
  size_t i = 0;
  for (; i + TK_LANES <= count; i += TK_LANES) tk_store(output + i, TK_FUNCTION(sigmoid)(tk_load(input + i)));
  if (i < count) tk_store_part(output + i, TK_FUNCTION(sigmoid)(tk_load_part(input + i, count - i)), count - i);
}

void TK_FUNCTION(tk_sine_pairs)(
    size_t pairs, float value, const float *restrict high, const float *restrict low, float *restrict output) {
  const TK_VECTOR v = tk_splat(value), magic = tk_splat(12582912.0f);
  for (size_t i = 0; i < pairs; i += TK_LANES) {
    const size_t lanes = pairs - i < TK_LANES ? pairs - i : TK_LANES;
    const bool full = lanes == TK_LANES;
    const TK_VECTOR h = full ? tk_load(high + i) : tk_load_part(high + i, lanes);
    const TK_VECTOR l = full ? tk_load(low + i) : tk_load_part(low + i, lanes);
    // The number of turns in two parts, then its distance from the nearest quarter turn: |turn| <= 1/8.
    const TK_VECTOR turns = v * h, rest = tk_fma(v, l, tk_fma(v, h, -turns));
    const TK_VECTOR shifted = tk_fma(turns, tk_splat(4), magic);
    const TK_INTEGERS quarter = (TK_INTEGERS)shifted & 3;
    const TK_VECTOR turn = tk_fma(shifted - magic, tk_splat(-0.25f), turns) + rest;
    // Taylor series in the angle, |angle| <= pi / 4: the first terms left out are below 1e-8.
    const TK_VECTOR angle = turn * 6.28318531f, square = angle * angle;
    TK_VECTOR s = tk_fma(square, tk_splat(1.0f / 362880), tk_splat(-1.0f / 5040));
    s = tk_fma(s, square, tk_splat(1.0f / 120));
    s = tk_fma(s, square, tk_splat(-1.0f / 6));
    s = tk_fma(s * square, angle, angle);
    TK_VECTOR c = tk_fma(square, tk_splat(1.0f / 40320), tk_splat(-1.0f / 720));
    c = tk_fma(c, square, tk_splat(1.0f / 24));
    c = tk_fma(c, square, tk_splat(-0.5f));
    c = tk_fma(c, square, tk_splat(1));
    // A quarter turn swaps the two and changes a sign.
    const TK_INTEGERS odd = -(quarter & 1);
    const TK_INTEGERS sine_sign = (quarter & 2) << 30, cosine_sign = ((quarter + 1) & 2) << 30;
    const TK_VECTOR sine = (TK_VECTOR)((TK_INTEGERS)tk_select(odd, c, s) ^ sine_sign);
    const TK_VECTOR cosine = (TK_VECTOR)((TK_INTEGERS)tk_select(odd, s, c) ^ cosine_sign);
    float sines[TK_LANES], cosines[TK_LANES];
    tk_store(sines, sine);
    tk_store(cosines, cosine);
    for (size_t k = 0; k < lanes; k++) {
      output[2 * (i + k)] = sines[k];
      output[2 * (i + k) + 1] = cosines[k];
    }
  }
}

// ---------------------------------------------------------------------------------------------------------- conversions

typedef uint16_t TK_FUNCTION(tk_halves) __attribute__((vector_size(TK_LANES * 2)));
typedef uint32_t TK_FUNCTION(tk_words) __attribute__((vector_size(TK_LANES * 4)));
#undef TK_HALVES
#undef TK_WORDS
#define TK_HALVES TK_FUNCTION(tk_halves)
#define TK_WORDS TK_FUNCTION(tk_words)

TK_INLINE TK_VECTOR TK_FUNCTION(widen_bf16)(TK_HALVES x) {
  return (TK_VECTOR)(__builtin_convertvector(x, TK_WORDS) << 16);
}

TK_INLINE TK_VECTOR TK_FUNCTION(widen_f16)(TK_HALVES x) {
#if TK_LANES == 16
  return (TK_VECTOR)_mm512_cvtph_ps((__m256i)x);
#elif TK_LANES == 8
  return (TK_VECTOR)_mm256_cvtph_ps((__m128i)x);
#else
  return (TK_VECTOR)vcvt_f32_f16((float16x4_t)x);
#endif
}

TK_INLINE TK_HALVES TK_FUNCTION(narrow_bf16)(TK_VECTOR x) {
  const TK_WORDS bits = (TK_WORDS)x, is_nan = (TK_WORDS)((TK_INTEGERS)(bits & 0x7fffffff) > 0x7f800000);
  const TK_WORDS rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16, quiet = bits >> 16 | 0x40;
  return __builtin_convertvector((is_nan & quiet) | (~is_nan & rounded), TK_HALVES);
}

TK_INLINE TK_HALVES TK_FUNCTION(narrow_f16)(TK_VECTOR x) {
#if TK_LANES == 16
  return (TK_HALVES)_mm512_cvtps_ph((__m512)x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
#elif TK_LANES == 8
  return (TK_HALVES)_mm256_cvtps_ph((__m256)x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
#else
  return (TK_HALVES)vcvt_f16_f32((float32x4_t)x);
#endif
}

#undef TK_WIDEN
#define TK_WIDEN(name, one)                                                     \
  void TK_FUNCTION(name)(size_t count, const uint8_t *input, float *output) {   \
    TK_HALVES x = {0};                                                          \
    size_t i = 0;                                                               \
    for (; i + TK_LANES <= count; i += TK_LANES) {                              \
      memcpy(&x, input + 2 * i, sizeof x);                                      \
      tk_store(output + i, TK_FUNCTION(one)(x));                                \
    }                                                                           \
    if (i == count) return;                                                     \
    memcpy(&x, input + 2 * i, 2 * (count - i));                                 \
    tk_store_part(output + i, TK_FUNCTION(one)(x), count - i);                  \
  }
TK_WIDEN(tk_widen_bf16, widen_bf16)
TK_WIDEN(tk_widen_f16, widen_f16)

#undef TK_NARROW
#define TK_NARROW(name, one)                                                    \
  void TK_FUNCTION(name)(size_t count, const float *input, uint16_t *output) {  \
    size_t i = 0;                                                               \
    for (; i + TK_LANES <= count; i += TK_LANES) {                              \
      const TK_HALVES x = TK_FUNCTION(one)(tk_load(input + i));                 \
      memcpy(output + i, &x, sizeof x);                                         \
    }                                                                           \
    if (i == count) return;                                                     \
    const TK_HALVES x = TK_FUNCTION(one)(tk_load_part(input + i, count - i));   \
    memcpy(output + i, &x, 2 * (count - i));                                    \
  }
TK_NARROW(tk_narrow_bf16, narrow_bf16)
TK_NARROW(tk_narrow_f16, narrow_f16)
