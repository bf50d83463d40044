#if defined(__aarch64__)
#include "outer.h"

#include "../runtime/begin_neon.h"
#include "../runtime/vector.h"

// 24 sums, four vectors and a factor in 32 registers.
#define TK_TILE_HEIGHT 6
#define TK_TILE_VECTORS 4

#include "outer_template.h"

#include "../runtime/end.h"
#endif
