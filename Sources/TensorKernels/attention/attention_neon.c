#if defined(__aarch64__)
#include <arm_neon.h>
#include <string.h>

#include "attention.h"

#include "../runtime/begin_neon.h"
#include "attention_template.h"
#include "../runtime/end.h"
#endif
