#if defined(__x86_64__)
#include "outer.h"

#include "../runtime/begin_avx2.h"
#include "../runtime/vector.h"

// 12 sums, two vectors and a factor in 16 registers.
#define TK_TILE_HEIGHT 6
#define TK_TILE_VECTORS 2

#include "outer_template.h"

#include "../runtime/end.h"
#endif
