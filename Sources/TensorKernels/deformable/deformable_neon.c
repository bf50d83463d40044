#if defined(__aarch64__)
#include <arm_neon.h>
#include <string.h>

#include "deformable.h"

#include "../runtime/begin_neon.h"
#include "deformable_template.h"
#include "../runtime/end.h"
#endif
