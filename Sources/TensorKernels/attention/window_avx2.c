#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#include "window.h"

#include "../runtime/begin_avx2.h"
#include "window_template.h"
#include "../runtime/end.h"
#endif
