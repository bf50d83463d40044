#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "PeakLoops.h"

// Read and written so that the compiler can neither know the numbers nor leave the loop out.
static volatile float factor = 0.999f, term = 0.001f, sink;

/// `count` sums are under way: more than latency times units, no more than registers.
#define PEAK_LOOP(name, lanes, count, attributes)                                                                  \
  attributes static double name(size_t iterations) {                                                               \
    typedef float vector __attribute__((vector_size(4 * lanes)));                                                  \
    vector a = factor - (vector){0}, b = term - (vector){0}, sums[count];                                          \
    _Pragma("clang loop unroll(full)") for (int i = 0; i < count; i++) sums[i] = (float)i - (vector){0};           \
    for (size_t n = 0; n < iterations; n++) {                                                                      \
      _Pragma("clang loop unroll(full)") for (int i = 0; i < count; i++) sums[i] =                                 \
          __builtin_elementwise_fma(sums[i], a, b);                                                                \
    }                                                                                                              \
    vector total = {0};                                                                                            \
    _Pragma("clang loop unroll(full)") for (int i = 0; i < count; i++) total += sums[i];                           \
    sink = total[0];                                                                                               \
    return 2.0 * lanes * count * (double)iterations;                                                               \
  }

#if defined(__x86_64__)
PEAK_LOOP(peak_avx512, 16, 12, __attribute__((target("avx512f"))))
PEAK_LOOP(peak_avx2, 8, 12, __attribute__((target("avx2,fma"))))
#elif defined(__aarch64__)
PEAK_LOOP(peak_neon, 4, 24, )
#endif

double peak_fma(int lanes, size_t iterations) {
  switch (lanes) {
#if defined(__x86_64__)
    case 16: return peak_avx512(iterations);
    case 8: return peak_avx2(iterations);
#elif defined(__aarch64__)
    case 4: return peak_neon(iterations);
#endif
    default: return 0;
  }
}

#if defined(__x86_64__)
// Pairs of bf16 ones, read so that the compiler cannot know them.
static volatile int pair = 0x3f803f80;

__attribute__((target("avx512f,avx512bf16"))) static double peak_bf16_avx512(size_t iterations) {
  enum { count = 12 };
  __m512bh factors = (__m512bh)_mm512_set1_epi32(pair);
  __m512 sums[count];
  _Pragma("clang loop unroll(full)") for (int i = 0; i < count; i++) sums[i] = _mm512_set1_ps((float)i);
  for (size_t n = 0; n < iterations; n++) {
    _Pragma("clang loop unroll(full)") for (int i = 0; i < count; i++) sums[i] =
        _mm512_dpbf16_ps(sums[i], factors, factors);
  }
  __m512 total = _mm512_setzero_ps();
  _Pragma("clang loop unroll(full)") for (int i = 0; i < count; i++) total += sums[i];
  sink = total[0];
  return 4.0 * 16 * count * (double)iterations;
}

double peak_bf16(size_t iterations) { return peak_bf16_avx512(iterations); }
#else
double peak_bf16(size_t iterations) {
  (void)iterations;
  return 0;
}
#endif

const char *peak_compiler(void) { return __VERSION__; }
