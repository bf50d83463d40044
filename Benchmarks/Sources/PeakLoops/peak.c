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

const char *peak_compiler(void) { return __VERSION__; }
