// Closes begin_*.h.
#if defined(__x86_64__)
#pragma clang attribute pop
#endif
#undef TK_ISA
#undef TK_LANES
