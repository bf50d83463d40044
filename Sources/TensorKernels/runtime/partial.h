// Loads and stores of the first `count` (1 ... TK_LANES) numbers of a vector; included by templates after vector.h.
// Nothing beyond them is read or written. Files compiled for AVX-512 include <immintrin.h> before begin_avx512.h.
#if TK_LANES == 16

TK_INLINE TK_VECTOR TK_FUNCTION(load_part)(const float *p, size_t count) {
  return (TK_VECTOR)_mm512_maskz_loadu_ps((__mmask16)((1u << count) - 1), p);
}
TK_INLINE void TK_FUNCTION(store_part)(float *p, TK_VECTOR v, size_t count) {
  _mm512_mask_storeu_ps(p, (__mmask16)((1u << count) - 1), (__m512)v);
}

#else

// Masked stores of AVX2 take tens of cycles on some processors and NEON has none: single numbers are faster.
TK_INLINE TK_VECTOR TK_FUNCTION(load_part)(const float *p, size_t count) {
  TK_VECTOR v = {0};
  for (size_t i = 0; i < TK_LANES; i++)
    if (i < count) v[i] = p[i];
  return v;
}
TK_INLINE void TK_FUNCTION(store_part)(float *p, TK_VECTOR v, size_t count) {
  for (size_t i = 0; i < TK_LANES; i++)
    if (i < count) p[i] = v[i];
}

#endif
#define tk_load_part TK_FUNCTION(load_part)
#define tk_store_part TK_FUNCTION(store_part)
