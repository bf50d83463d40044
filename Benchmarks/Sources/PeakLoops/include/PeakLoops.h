/// Loops that do nothing but fused multiply-adds: the rate no kernel can exceed.
#ifndef PEAK_LOOPS_H
#define PEAK_LOOPS_H

#include <stddef.h>

#pragma clang assume_nonnull begin

/// Runs `iterations` rounds of independent vector fmas of `lanes` f32 (16: AVX-512, 8: AVX2, 4: NEON) in registers and
/// returns the number of floating-point operations, two for each lane; 0 for widths that this architecture does not have.
/// Whether the processor has them is the caller's to check.
double peak_fma(int lanes, size_t iterations);

/// The same with `vdpbf16ps` of AVX-512: four operations for each lane of 32 bits; 0 on other architectures.
double peak_bf16(size_t iterations);

/// The C compiler's name and version.
const char *peak_compiler(void);

#pragma clang assume_nonnull end

#endif
