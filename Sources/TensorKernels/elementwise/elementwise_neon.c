#if defined(__aarch64__)
#include <arm_neon.h>
#include <string.h>

#include "elementwise.h"

#include "../runtime/begin_neon.h"
#include "elementwise_template.h"
#include "../runtime/end.h"
#endif
