// NEON belongs to every aarch64 processor, so nothing has to be switched on.
#define TK_ISA neon
#define TK_LANES 4
