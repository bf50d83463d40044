// The product of pairs of bf16 for instruction sets without one: halves are widened, and the pair takes two steps.
// Included before product_template.h.
#include "../runtime/vector_lanes.h"

TK_INLINE TK_VECTOR TK_FUNCTION(first_of_pair)(TK_VECTOR pairs) { return (TK_VECTOR)((TK_INTEGERS)pairs << 16); }
TK_INLINE TK_VECTOR TK_FUNCTION(second_of_pair)(TK_VECTOR pairs) {
  return (TK_VECTOR)((TK_INTEGERS)pairs & (int32_t)0xffff0000);
}

TK_INLINE TK_VECTOR TK_FUNCTION(multiply_pairs)(TK_VECTOR a, TK_VECTOR b, TK_VECTOR sum) {
  sum = tk_fma(TK_FUNCTION(first_of_pair)(a), TK_FUNCTION(first_of_pair)(b), sum);
  return tk_fma(TK_FUNCTION(second_of_pair)(a), TK_FUNCTION(second_of_pair)(b), sum);
}
#define TK_MULTIPLY TK_FUNCTION(multiply_pairs)
#define TK_PRODUCT_BLOCK tk_product_pairs
