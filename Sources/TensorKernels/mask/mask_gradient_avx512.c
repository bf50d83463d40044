#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#include "mask_gradient.h"

#include "../runtime/begin_avx512.h"
#include "mask_gradient_template.h"
#include "../runtime/end.h"
#endif
