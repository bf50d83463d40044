#if defined(__x86_64__)
#include <immintrin.h>

#include "product.h"

#include "../runtime/begin_avx512.h"
#include "../runtime/vector.h"

// 28 sums, two vectors of weights and a factor in 32 registers.
#define TK_TILE_ROWS 14
#define TK_TILE_PANELS 2
#define TK_FLAT_ROWS 6
#define TK_FLAT_PANELS 4

#include "product_template.h"

#include "../runtime/end.h"
#endif
