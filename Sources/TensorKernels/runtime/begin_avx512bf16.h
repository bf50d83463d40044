// Everything up to end.h is compiled for AVX-512 with the products of bf16 pairs. Include system headers before this file.
#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,avx2,fma,f16c"))), \
    apply_to = function)
#define TK_ISA avx512bf16
#define TK_LANES 16
