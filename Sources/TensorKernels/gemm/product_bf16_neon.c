#if defined(__aarch64__)
#include "product_bf16.h"

#include "../runtime/begin_neon.h"
#include "../runtime/vector.h"

// 16 sums, the halves of four vectors of weights and of factors in 32 registers.
#define TK_TILE_ROWS 4
#define TK_TILE_PANELS 1
#define TK_FLAT_ROWS 3
#define TK_FLAT_PANELS 2

#include "pairs_template.h"
#include "product_template.h"

#include "../runtime/end.h"
#endif
