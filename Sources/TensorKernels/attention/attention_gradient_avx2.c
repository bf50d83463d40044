#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#include "attention_gradient.h"

#include "../runtime/begin_avx2.h"
#include "attention_gradient_template.h"
#include "../runtime/end.h"
#endif
