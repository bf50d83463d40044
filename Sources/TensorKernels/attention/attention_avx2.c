#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#include "attention.h"

#include "../runtime/begin_avx2.h"
#include "attention_template.h"
#include "../runtime/end.h"
#endif
