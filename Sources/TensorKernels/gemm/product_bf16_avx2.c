#if defined(__x86_64__)
#include "product_bf16.h"

#include "../runtime/begin_avx2.h"
#include "../runtime/vector.h"

// 8 sums, the halves of two vectors of weights and of a factor in 16 registers.
#define TK_TILE_ROWS 4
#define TK_TILE_PANELS 1
#define TK_FLAT_ROWS 3
#define TK_FLAT_PANELS 2

#include "pairs_template.h"
#include "product_template.h"

#include "../runtime/end.h"
#endif
