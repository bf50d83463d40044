#if defined(__aarch64__)
#include <arm_neon.h>
#include <string.h>

#include "deformable_gradient.h"

#include "../runtime/begin_neon.h"
#include "deformable_gradient_template.h"
#include "../runtime/end.h"
#endif
