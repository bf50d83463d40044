#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#include "product_bf16.h"

#include "../runtime/begin_avx512bf16.h"
#include "../runtime/vector.h"

// 28 sums, two vectors of weights and a factor in 32 registers.
#define TK_TILE_ROWS 14
#define TK_TILE_PANELS 2
#define TK_FLAT_ROWS 6
#define TK_FLAT_PANELS 4

TK_INLINE TK_VECTOR TK_FUNCTION(multiply_pairs)(TK_VECTOR a, TK_VECTOR b, TK_VECTOR sum) {
  return (TK_VECTOR)_mm512_dpbf16_ps((__m512)sum, (__m512bh)a, (__m512bh)b);
}
#define TK_MULTIPLY TK_FUNCTION(multiply_pairs)
#define TK_PRODUCT_BLOCK tk_product_pairs
#include "product_template.h"

void tk_narrow_bf16_avx512bf16(size_t count, const float *input, uint16_t *output) {
  size_t i = 0;
  for (; i + 32 <= count; i += 32)
    _mm512_storeu_si512(
        output + i,
        (__m512i)_mm512_cvtne2ps_pbh(_mm512_loadu_ps(input + i + 16), _mm512_loadu_ps(input + i)));
  for (; i < count; i += 16) {
    __mmask16 rest = count - i < 16 ? (__mmask16)((1u << (count - i)) - 1) : 0xffff;
    _mm256_mask_storeu_epi16(output + i, rest, (__m256i)_mm512_cvtneps_pbh(_mm512_maskz_loadu_ps(rest, input + i)));
  }
}

#include "../runtime/end.h"
#endif
