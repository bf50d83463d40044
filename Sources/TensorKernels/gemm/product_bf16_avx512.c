#if defined(__x86_64__)
#include <immintrin.h>

#include "product_bf16.h"

#include "../runtime/begin_avx512.h"
#include "../runtime/vector.h"

// 24 sums, the halves of two vectors of weights and of a factor in 32 registers.
#define TK_TILE_ROWS 12
#define TK_TILE_PANELS 2
#define TK_FLAT_ROWS 6
#define TK_FLAT_PANELS 4

#include "pairs_template.h"
#include "product_template.h"

#include "../runtime/end.h"
#endif
