#if defined(__x86_64__)
#include <immintrin.h>

#include "outer.h"

#include "../runtime/begin_avx512.h"
#include "../runtime/vector.h"

// 28 sums, two vectors and a factor in 32 registers.
#define TK_TILE_HEIGHT 14
#define TK_TILE_VECTORS 2

#include "outer_template.h"

#include "../runtime/end.h"
#endif
