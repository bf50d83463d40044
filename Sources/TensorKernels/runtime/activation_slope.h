// Derivatives of activations; included by templates after vector_exp.h and activate.h.

/// The derivative of GELU: Phi(x) + x phi(x), Phi and phi of the normal distribution.
TK_INLINE TK_VECTOR TK_FUNCTION(gelu_slope)(TK_VECTOR x) {
  const TK_VECTOR below = tk_splat(0.5f) * (TK_FUNCTION(erf)(x * tk_splat(0.70710678118654752f)) + tk_splat(1));
  const TK_VECTOR density = tk_exp(tk_splat(-0.5f) * x * x) * tk_splat(0.39894228040143268f);
  return tk_fma(x, density, below);
}

/// The derivative of an activation: of ReLU and ReLU6 by the result (0 at the bounds), of GELU by the argument.
TK_INLINE TK_VECTOR TK_FUNCTION(activation_slope)(TK_VECTOR source, tk_activation activation) {
  const TK_VECTOR zero = {0}, one = tk_splat(1);
  switch (activation) {
    case TK_ACTIVATION_NONE: return one;
    case TK_ACTIVATION_RELU: return tk_select(source > zero, one, zero);
    case TK_ACTIVATION_RELU6: return tk_select((source > zero) & (source < tk_splat(6)), one, zero);
    case TK_ACTIVATION_GELU: return TK_FUNCTION(gelu_slope)(source);
  }
  return one;
}
#define tk_activation_slope TK_FUNCTION(activation_slope)
