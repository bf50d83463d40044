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
#define tk_sum TK_FUNCTION(sum)
#define tk_greatest TK_FUNCTION(greatest)
