#if defined(__aarch64__)
#include <arm_neon.h>
#include <string.h>

#include "window.h"

#include "../runtime/begin_neon.h"
#include "window_template.h"
#include "../runtime/end.h"
#endif
