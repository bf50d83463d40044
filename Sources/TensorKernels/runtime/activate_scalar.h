// The specification of the activations, for scalar kernels. A NaN stays one. They take and give f32 numbers, so that a
// sum which is kept, or a result to which something is added, in f32 is the one that the fused kernels compute.
#ifndef TK_RUNTIME_ACTIVATE_SCALAR_H
#define TK_RUNTIME_ACTIVATE_SCALAR_H

#include <math.h>

#include "TensorKernels.h"

static inline double tk_activate_scalar(double v, tk_activation activation) {
  switch (activation) {
    case TK_ACTIVATION_NONE: return v;
    case TK_ACTIVATION_RELU: return v < 0 ? 0 : (float)v;
    case TK_ACTIVATION_RELU6: return v < 0 ? 0 : v > 6 ? 6 : (float)v;
    case TK_ACTIVATION_GELU: return (float)(0.5 * (float)v * (1 + erf((float)v * 0.70710678118654752440)));
  }
  return v;
}

/// The derivative of an activation: of ReLU and ReLU6 by the result (0 at the bounds), of GELU by the argument.
static inline double tk_activation_slope_scalar(double source, tk_activation activation) {
  switch (activation) {
    case TK_ACTIVATION_NONE: return 1;
    case TK_ACTIVATION_RELU: return source > 0;
    case TK_ACTIVATION_RELU6: return source > 0 && source < 6;
    case TK_ACTIVATION_GELU:
      return 0.5 * (1 + erf(source * 0.70710678118654752440)) +
             source * exp(-0.5 * source * source) * 0.39894228040143267794;
  }
  return 1;
}

#endif
