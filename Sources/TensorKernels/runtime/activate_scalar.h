// The specification of the activations, for scalar kernels. A NaN stays one.
#ifndef TK_RUNTIME_ACTIVATE_SCALAR_H
#define TK_RUNTIME_ACTIVATE_SCALAR_H

#include <math.h>

#include "TensorKernels.h"

static inline double tk_activate_scalar(double v, tk_activation activation) {
  switch (activation) {
    case TK_ACTIVATION_NONE: return v;
    case TK_ACTIVATION_RELU: return v < 0 ? 0 : v;
    case TK_ACTIVATION_RELU6: return v < 0 ? 0 : v > 6 ? 6 : v;
    case TK_ACTIVATION_GELU: return 0.5 * v * (1 + erf(v * 0.70710678118654752440));
  }
  return v;
}

#endif
