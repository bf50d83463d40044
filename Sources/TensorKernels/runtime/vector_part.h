// Loads and stores of the first lanes of a vector, reading and writing nothing beyond them, and what else the templates
// of several families need. Included after vector.h; <immintrin.h> (x86) or <arm_neon.h> must come before begin_*.h.

typedef int32_t TK_FUNCTION(tk_integers) __attribute__((vector_size(TK_LANES * 4)));
#define TK_INTEGERS TK_FUNCTION(tk_integers)

/// `mask ? a : b`, where a lane of the mask (the result of a comparison) is all ones or all zeros.
TK_INLINE TK_VECTOR TK_FUNCTION(select)(TK_INTEGERS mask, TK_VECTOR a, TK_VECTOR b) {
  return (TK_VECTOR)((mask & (TK_INTEGERS)a) | (~mask & (TK_INTEGERS)b));
}

/// 0, 1, 2, ...
TK_INLINE TK_INTEGERS TK_FUNCTION(lanes)(void) {
  TK_INTEGERS result;
  for (int i = 0; i < TK_LANES; i++) result[i] = i;
  return result;
}

/// The first `count` (1 ... TK_LANES) numbers at `p`, zeros in the other lanes.
TK_INLINE TK_VECTOR TK_FUNCTION(load_part)(const float *p, size_t count) {
  if (count == TK_LANES) return TK_FUNCTION(load)(p);
#if TK_LANES == 16
  return (TK_VECTOR)_mm512_maskz_loadu_ps((__mmask16)((1u << count) - 1), p);
#elif TK_LANES == 8
  const TK_INTEGERS mask = TK_FUNCTION(lanes)() < (int32_t)count;
  return (TK_VECTOR)_mm256_maskload_ps(p, (__m256i)mask);
#else
  TK_VECTOR result = {0};
  for (size_t i = 0; i < TK_LANES; i++)
    if (i < count) result[i] = p[i];
  return result;
#endif
}

/// Stores the first `count` (1 ... TK_LANES) lanes.
TK_INLINE void TK_FUNCTION(store_part)(float *p, TK_VECTOR v, size_t count) {
  if (count == TK_LANES) {
    TK_FUNCTION(store)(p, v);
    return;
  }
#if TK_LANES == 16
  _mm512_mask_storeu_ps(p, (__mmask16)((1u << count) - 1), (__m512)v);
#elif TK_LANES == 8
  const TK_INTEGERS mask = TK_FUNCTION(lanes)() < (int32_t)count;
  _mm256_maskstore_ps(p, (__m256i)mask, (__m256)v);
#else
  for (size_t i = 0; i < TK_LANES; i++)
    if (i < count) p[i] = v[i];
#endif
}

/// The sum of all lanes, in halves.
TK_INLINE float TK_FUNCTION(sum)(TK_VECTOR v) {
  float lane[TK_LANES];
  TK_FUNCTION(store)(lane, v);
  for (int width = TK_LANES / 2; width > 0; width /= 2)
    for (int i = 0; i < width; i++) lane[i] += lane[i + width];
  return lane[0];
}

/// The greatest lane.
TK_INLINE float TK_FUNCTION(greatest)(TK_VECTOR v) {
  float lane[TK_LANES];
  TK_FUNCTION(store)(lane, v);
  for (int width = TK_LANES / 2; width > 0; width /= 2)
    for (int i = 0; i < width; i++) lane[i] = lane[i] > lane[i + width] ? lane[i] : lane[i + width];
  return lane[0];
}

/// Shorter names, for the templates only.
#define tk_select TK_FUNCTION(select)
#define tk_load_part TK_FUNCTION(load_part)
#define tk_store_part TK_FUNCTION(store_part)
#define tk_sum TK_FUNCTION(sum)
#define tk_greatest TK_FUNCTION(greatest)
