#if defined(__x86_64__)
#include <immintrin.h>

#include "depthwise_gradient.h"

#include "../runtime/begin_avx512.h"
#include "../runtime/vector.h"

// Neighbours of a strip: two sums of each tap, the strip's factors and an input in 32 registers.
#define TK_STRIP 8

#include "depthwise_gradient_template.h"

#include "../runtime/end.h"
#endif
