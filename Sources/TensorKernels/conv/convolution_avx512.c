#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#include "../gemm/product.h"
#include "convolution.h"

#include "../runtime/begin_avx512.h"
#include "../runtime/vector.h"

#include "convolution_template.h"

#include "../runtime/end.h"
#endif
