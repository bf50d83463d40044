// The exponential of a vector. Included after vector_lanes.h.

/// exp(x) to 2 units in the last place, subnormal results included; infinity above 88.72, 0 below -104, NaN for NaN.
///
/// x = n ln 2 + r with |r| <= ln 2 / 2 (ln 2 in two parts, so that r is exact to single precision); the polynomial is the
/// Taylor series of exp(r) up to r^7 (the next term is below 1e-8); 2^n is multiplied in two halves so that neither
/// half leaves the range of normal numbers.
TK_INLINE TK_VECTOR TK_FUNCTION(exp)(TK_VECTOR x) {
  const TK_VECTOR top = TK_FUNCTION(splat)(89.0f), bottom = TK_FUNCTION(splat)(-104.0f);
  // In this order a NaN passes through.
  x = TK_FUNCTION(select)(x > top, top, x);
  x = TK_FUNCTION(select)(x < bottom, bottom, x);
  // Adding 1.5 * 2^23 rounds to an integer, which then stands in the low bits of the sum.
  const TK_VECTOR magic = TK_FUNCTION(splat)(12582912.0f);
  const TK_VECTOR shifted = TK_FUNCTION(fma)(x, TK_FUNCTION(splat)(1.44269504f), magic);
  const TK_VECTOR n = shifted - magic;
  TK_VECTOR r = TK_FUNCTION(fma)(n, TK_FUNCTION(splat)(-0.693145752f), x);
  r = TK_FUNCTION(fma)(n, TK_FUNCTION(splat)(-1.42860677e-6f), r);
  TK_VECTOR p = TK_FUNCTION(splat)(1.0f / 5040);
  p = TK_FUNCTION(fma)(p, r, TK_FUNCTION(splat)(1.0f / 720));
  p = TK_FUNCTION(fma)(p, r, TK_FUNCTION(splat)(1.0f / 120));
  p = TK_FUNCTION(fma)(p, r, TK_FUNCTION(splat)(1.0f / 24));
  p = TK_FUNCTION(fma)(p, r, TK_FUNCTION(splat)(1.0f / 6));
  p = TK_FUNCTION(fma)(p, r, TK_FUNCTION(splat)(0.5f));
  p = TK_FUNCTION(fma)(p, r, TK_FUNCTION(splat)(1.0f));
  p = TK_FUNCTION(fma)(p, r, TK_FUNCTION(splat)(1.0f));
  const TK_INTEGERS exponent = (TK_INTEGERS)shifted - (TK_INTEGERS)magic;
  const TK_INTEGERS half = exponent >> 1;
  const TK_VECTOR first = (TK_VECTOR)((half + 127) << 23), second = (TK_VECTOR)((exponent - half + 127) << 23);
  return p * first * second;
}

#define tk_exp TK_FUNCTION(exp)
