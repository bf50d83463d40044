#if defined(__x86_64__)
#include "depthwise.h"

#include "../runtime/begin_avx2.h"
#include "../runtime/vector.h"

// Neighbours of a strip: their sums, a row of weights and an input stay in registers.
#define TK_STRIP 8

#include "depthwise_template.h"

#include "../runtime/end.h"
#endif
