// Everything up to end.h is compiled for AVX2 and FMA. Include system headers before this file.
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)
#define TK_ISA avx2
#define TK_LANES 8
