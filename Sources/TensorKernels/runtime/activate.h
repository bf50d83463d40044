// Activations of vectors; included by templates after vector.h. A NaN stays one, as in the plain formulas.

/// Only these vectors of clang know `?:` in C.
typedef float TK_FUNCTION(tk_selectable) __attribute__((ext_vector_type(TK_LANES)));

TK_INLINE TK_VECTOR TK_FUNCTION(at_least)(TK_VECTOR value, TK_VECTOR bound) {
  TK_FUNCTION(tk_selectable) v = (TK_FUNCTION(tk_selectable))value, low = (TK_FUNCTION(tk_selectable))bound;
  return (TK_VECTOR)(low > v ? low : v);
}
TK_INLINE TK_VECTOR TK_FUNCTION(at_most)(TK_VECTOR value, TK_VECTOR bound) {
  TK_FUNCTION(tk_selectable) v = (TK_FUNCTION(tk_selectable))value, high = (TK_FUNCTION(tk_selectable))bound;
  return (TK_VECTOR)(high < v ? high : v);
}

/// erf as x * P(x^2) / Q(x^2), a rational minimax fit of degrees 5 and 5 to erf(x) / x on 0...4 (relative error 2.5e-8;
/// in f32 arithmetic below 4e-7). Beyond 4 erf is 1 in f32.
TK_INLINE TK_VECTOR TK_FUNCTION(erf)(TK_VECTOR x) {
  x = TK_FUNCTION(at_most)(TK_FUNCTION(at_least)(x, tk_splat(-4)), tk_splat(4));
  TK_VECTOR t = x * x;
  TK_VECTOR p = tk_splat(1.986778191034819e-06f);
  p = tk_fma(p, t, tk_splat(0.0002845674536629559f));
  p = tk_fma(p, t, tk_splat(0.0038833964472211836f));
  p = tk_fma(p, t, tk_splat(0.053101908985275316f));
  p = tk_fma(p, t, tk_splat(0.19354622983004044f));
  p = tk_fma(p, t, tk_splat(1.128379139304839f));
  TK_VECTOR q = tk_splat(3.742021334394664e-05f);
  q = tk_fma(q, t, tk_splat(0.0011855845592876073f));
  q = tk_fma(q, t, tk_splat(0.015207355932100203f));
  q = tk_fma(q, t, tk_splat(0.1153504904910334f));
  q = tk_fma(q, t, tk_splat(0.5048584355909729f));
  q = tk_fma(q, t, tk_splat(1));
  TK_VECTOR y = x * p / q;
  return TK_FUNCTION(at_most)(TK_FUNCTION(at_least)(y, tk_splat(-1)), tk_splat(1));
}

TK_INLINE TK_VECTOR TK_FUNCTION(gelu)(TK_VECTOR x) {
  return tk_splat(0.5f) * x * (TK_FUNCTION(erf)(x * tk_splat(0.70710678118654752f)) + tk_splat(1));
}

TK_INLINE TK_VECTOR TK_FUNCTION(activate)(TK_VECTOR v, tk_activation activation) {
  switch (activation) {
    case TK_ACTIVATION_NONE: return v;
    case TK_ACTIVATION_RELU: return TK_FUNCTION(at_least)(v, tk_splat(0));
    case TK_ACTIVATION_RELU6: return TK_FUNCTION(at_most)(TK_FUNCTION(at_least)(v, tk_splat(0)), tk_splat(6));
    case TK_ACTIVATION_GELU: return TK_FUNCTION(gelu)(v);
  }
  return v;
}
#define tk_activate TK_FUNCTION(activate)
