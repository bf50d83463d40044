#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "isa.h"

// -1 until the first question; afterwards a tk_isa.
static _Atomic int32_t current = -1;

bool tk_supports_isa(tk_isa isa) {
  switch (isa) {
    case TK_ISA_SCALAR:
      return true;
    case TK_ISA_NEON:
#if defined(__aarch64__)
      return true;
#else
      return false;
#endif
    case TK_ISA_AVX2:
    case TK_ISA_AVX512:
#if defined(__x86_64__)
      __builtin_cpu_init();
      if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return false;
      return isa == TK_ISA_AVX2 || (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                                    __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"));
#else
      return false;
#endif
  }
  return false;
}

const char *tk_isa_name(tk_isa isa) {
  static const char *const names[] = {"scalar", "neon", "avx2", "avx512"};
  return names[isa];
}

static tk_isa best(void) {
  const char *wish = getenv("SEMANTIC_SAM_ISA");
  int32_t limit = TK_ISA_AVX512;
  for (int32_t isa = TK_ISA_SCALAR; wish && isa <= TK_ISA_AVX512; isa++)
    if (strcmp(wish, tk_isa_name((tk_isa)isa)) == 0) limit = isa;
  while (limit > TK_ISA_SCALAR && !tk_supports_isa((tk_isa)limit)) limit--;
  return (tk_isa)limit;
}

tk_isa tk_current_isa(void) {
  int32_t isa = atomic_load_explicit(&current, memory_order_relaxed);
  if (isa < 0) {
    isa = (int32_t)best();
    atomic_store_explicit(&current, isa, memory_order_relaxed);
  }
  return (tk_isa)isa;
}

bool tk_force_isa(tk_isa isa) {
  if (!tk_supports_isa(isa)) return false;
  atomic_store_explicit(&current, (int32_t)isa, memory_order_relaxed);
  return true;
}
