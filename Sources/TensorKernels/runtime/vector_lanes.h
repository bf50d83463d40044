// Choosing between lanes and joining them; included by templates after vector.h.

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

// Halves are joined until four lanes are left.
typedef float TK_FUNCTION(tk_lanes_4) __attribute__((vector_size(16)));
#undef TK_LANES_4
#define TK_LANES_4 TK_FUNCTION(tk_lanes_4)
#if TK_LANES == 16
typedef float TK_FUNCTION(tk_lanes_8) __attribute__((vector_size(32)));
#define TK_LOW_8(v) __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7)
#define TK_HIGH_8(v) __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15)
#endif
#if TK_LANES != 4
#define TK_LOW_4(v) __builtin_shufflevector(v, v, 0, 1, 2, 3)
#define TK_HIGH_4(v) __builtin_shufflevector(v, v, 4, 5, 6, 7)
#endif

TK_INLINE TK_LANES_4 TK_FUNCTION(sum_to_4)(TK_VECTOR v) {
#if TK_LANES == 16
  const TK_FUNCTION(tk_lanes_8) w = TK_LOW_8(v) + TK_HIGH_8(v);
  return TK_LOW_4(w) + TK_HIGH_4(w);
#elif TK_LANES == 8
  return TK_LOW_4(v) + TK_HIGH_4(v);
#else
  return v;
#endif
}

/// The sum of all lanes.
TK_INLINE float TK_FUNCTION(sum)(TK_VECTOR v) {
  const TK_LANES_4 x = TK_FUNCTION(sum_to_4)(v), y = x + __builtin_shufflevector(x, x, 2, 3, 2, 3);
  return y[0] + y[1];
}

/// The sums of all lanes of four vectors.
TK_INLINE TK_LANES_4 TK_FUNCTION(sum_of_each)(TK_VECTOR a, TK_VECTOR b, TK_VECTOR c, TK_VECTOR d) {
  const TK_LANES_4 p = TK_FUNCTION(sum_to_4)(a), q = TK_FUNCTION(sum_to_4)(b);
  const TK_LANES_4 r = TK_FUNCTION(sum_to_4)(c), s = TK_FUNCTION(sum_to_4)(d);
  const TK_LANES_4 x = __builtin_shufflevector(p, q, 0, 1, 4, 5) + __builtin_shufflevector(p, q, 2, 3, 6, 7);
  const TK_LANES_4 y = __builtin_shufflevector(r, s, 0, 1, 4, 5) + __builtin_shufflevector(r, s, 2, 3, 6, 7);
  return __builtin_shufflevector(x, y, 0, 2, 4, 6) + __builtin_shufflevector(x, y, 1, 3, 5, 7);
}

/// The greatest lane, of those that are numbers.
TK_INLINE float TK_FUNCTION(greatest)(TK_VECTOR v) {
#if TK_LANES == 16
  const TK_FUNCTION(tk_lanes_8) w = __builtin_elementwise_max(TK_LOW_8(v), TK_HIGH_8(v));
  const TK_LANES_4 x = __builtin_elementwise_max(TK_LOW_4(w), TK_HIGH_4(w));
#elif TK_LANES == 8
  const TK_LANES_4 x = __builtin_elementwise_max(TK_LOW_4(v), TK_HIGH_4(v));
#else
  const TK_LANES_4 x = v;
#endif
  const TK_LANES_4 y = __builtin_elementwise_max(x, __builtin_shufflevector(x, x, 2, 3, 2, 3));
  return y[0] > y[1] ? y[0] : y[1];
}

/// Shorter names, for the templates only.
#define tk_select TK_FUNCTION(select)
#define tk_sum TK_FUNCTION(sum)
#define tk_greatest TK_FUNCTION(greatest)
