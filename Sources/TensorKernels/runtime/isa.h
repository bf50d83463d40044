// How a kernel family is laid out. `family/op_template.h` holds the loops once, written with clang's vector extension and
// the names below; one file an instruction set compiles it:
//
//     #include "op.h"                       // declares tk_op_rows_scalar, _neon, _avx2, _avx512 (TK_DECLARE_ISAS)
//     #include "../runtime/begin_avx2.h"    // sets TK_LANES and TK_ISA, switches the target on; system headers go above
//     #include "op_template.h"              // defines TK_FUNCTION(tk_op_rows)
//     #include "../runtime/end.h"
//
// `family/op_scalar.c` is the specification: plain loops, no vectors. `family/op.c` cuts the work into tasks for
// `tk_parallel_for` and calls the kernel that TK_CHOOSE picks from the family's table.
#ifndef TK_RUNTIME_ISA_H
#define TK_RUNTIME_ISA_H

#include "TensorKernels.h"

#define TK_JOIN_(a, b) a##_##b
#define TK_JOIN(a, b) TK_JOIN_(a, b)
/// The name of a kernel for the instruction set being compiled: TK_FUNCTION(tk_x) is tk_x_avx2 under begin_avx2.h.
#define TK_FUNCTION(name) TK_JOIN(name, TK_ISA)

#if defined(__x86_64__)
#define TK_TABLE(name) \
  {[TK_ISA_SCALAR] = name##_scalar, [TK_ISA_AVX2] = name##_avx2, [TK_ISA_AVX512] = name##_avx512}
#elif defined(__aarch64__)
#define TK_TABLE(name) {[TK_ISA_SCALAR] = name##_scalar, [TK_ISA_NEON] = name##_neon}
#else
#define TK_TABLE(name) {[TK_ISA_SCALAR] = name##_scalar}
#endif

/// Declares a kernel of type `type` (a function type) for every instruction set of this architecture.
#define TK_DECLARE_ISAS(type, name) extern type name##_scalar, name##_neon, name##_avx2, name##_avx512

/// The kernel of a table (`static type *const table[] = TK_TABLE(name);`) for the instruction set in use.
#define TK_CHOOSE(table) ((table)[tk_current_isa()])

#endif
