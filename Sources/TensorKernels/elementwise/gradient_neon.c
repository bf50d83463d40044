#if defined(__aarch64__)
#include <arm_neon.h>
#include <string.h>

#include "gradient.h"

#include "../runtime/begin_neon.h"
#include "gradient_template.h"
#include "../runtime/end.h"
#endif
