#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#include "deformable_gradient.h"

#include "../runtime/begin_avx2.h"
#include "deformable_gradient_template.h"
#include "../runtime/end.h"
#endif
