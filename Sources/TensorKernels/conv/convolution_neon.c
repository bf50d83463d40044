#if defined(__aarch64__)
#include <string.h>

#include "../gemm/product.h"
#include "convolution.h"

#include "../runtime/begin_neon.h"
#include "../runtime/vector.h"

#include "convolution_template.h"

#include "../runtime/end.h"
#endif
