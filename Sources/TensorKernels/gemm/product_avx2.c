#if defined(__x86_64__)
#include "product.h"

#include "../runtime/begin_avx2.h"
#include "../runtime/vector.h"

// 12 sums, two vectors of weights and a factor in 16 registers.
#define TK_TILE_ROWS 6
#define TK_TILE_PANELS 1
#define TK_FLAT_ROWS 3
#define TK_FLAT_PANELS 2

#include "product_template.h"

#include "../runtime/end.h"
#endif
