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

/// Joins the two halves of a vector until one lane is left: the sum of all lanes, and the greatest lane (of those that are
/// numbers).
typedef float TK_FUNCTION(tk_lanes_4) __attribute__((vector_size(16)));
#if TK_LANES == 16
typedef float TK_FUNCTION(tk_lanes_8) __attribute__((vector_size(32)));
#define TK_LOW_8(v) __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7)
#define TK_HIGH_8(v) __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15)
#endif
TK_INLINE float TK_FUNCTION(sum)(TK_VECTOR v) {
#if TK_LANES == 16
  const TK_FUNCTION(tk_lanes_8) w = TK_LOW_8(v) + TK_HIGH_8(v);
#elif TK_LANES == 8
  const TK_VECTOR w = v;
#endif
#if TK_LANES == 4
  const TK_VECTOR x = v;
#else
  const TK_FUNCTION(tk_lanes_4) x = __builtin_shufflevector(w, w, 0, 1, 2, 3) + __builtin_shufflevector(w, w, 4, 5, 6, 7);
#endif
  const TK_FUNCTION(tk_lanes_4) y = x + __builtin_shufflevector(x, x, 2, 3, 2, 3);
  return y[0] + y[1];
}
TK_INLINE float TK_FUNCTION(greatest)(TK_VECTOR v) {
#if TK_LANES == 16
  const TK_FUNCTION(tk_lanes_8) w = __builtin_elementwise_max(TK_LOW_8(v), TK_HIGH_8(v));
#elif TK_LANES == 8
  const TK_VECTOR w = v;
#endif
#if TK_LANES == 4
  const TK_VECTOR x = v;
#else
  const TK_FUNCTION(tk_lanes_4) x = __builtin_elementwise_max(
      __builtin_shufflevector(w, w, 0, 1, 2, 3), __builtin_shufflevector(w, w, 4, 5, 6, 7));
#endif
  const TK_FUNCTION(tk_lanes_4) y = __builtin_elementwise_max(x, __builtin_shufflevector(x, x, 2, 3, 2, 3));
  return y[0] > y[1] ? y[0] : y[1];
}

/// Shorter names, for the templates only.
#define tk_select TK_FUNCTION(select)
#define tk_sum TK_FUNCTION(sum)
#define tk_greatest TK_FUNCTION(greatest)
