// Everything up to end.h is compiled for AVX-512 (F, BW, DQ, VL). Include system headers before this file.
#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c"))), \
    apply_to = function)
#define TK_ISA avx512
#define TK_LANES 16
