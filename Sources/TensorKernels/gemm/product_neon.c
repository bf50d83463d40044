#if defined(__aarch64__)
#include "product.h"

#include "../runtime/begin_neon.h"
#include "../runtime/vector.h"

// 24 sums, four vectors of weights and four factors in 32 registers.
#define TK_TILE_ROWS 6
#define TK_TILE_PANELS 1
#define TK_FLAT_ROWS 3
#define TK_FLAT_PANELS 2

#include "product_template.h"

#include "../runtime/end.h"
#endif
