// Vectors of the instruction set being compiled; included by templates, after begin_*.h, so no include guard.
// All functions are forced inline: they take vectors, whose calling convention depends on the target.
#define TK_INLINE static inline __attribute__((always_inline))

typedef float TK_FUNCTION(tk_vector) __attribute__((vector_size(TK_LANES * 4)));
typedef float TK_FUNCTION(tk_vector_unaligned) __attribute__((vector_size(TK_LANES * 4), aligned(4)));
#define TK_VECTOR TK_FUNCTION(tk_vector)

TK_INLINE TK_VECTOR TK_FUNCTION(load)(const float *p) { return *(const TK_FUNCTION(tk_vector_unaligned) *)p; }
TK_INLINE void TK_FUNCTION(store)(float *p, TK_VECTOR v) { *(TK_FUNCTION(tk_vector_unaligned) *)p = v; }
TK_INLINE TK_VECTOR TK_FUNCTION(splat)(float x) { return x - (TK_VECTOR){0}; }
TK_INLINE TK_VECTOR TK_FUNCTION(fma)(TK_VECTOR a, TK_VECTOR b, TK_VECTOR c) { return __builtin_elementwise_fma(a, b, c); }
TK_INLINE TK_VECTOR TK_FUNCTION(max)(TK_VECTOR a, TK_VECTOR b) { return __builtin_elementwise_max(a, b); }
TK_INLINE TK_VECTOR TK_FUNCTION(min)(TK_VECTOR a, TK_VECTOR b) { return __builtin_elementwise_min(a, b); }

/// Shorter names, for the templates only.
#define tk_load TK_FUNCTION(load)
#define tk_store TK_FUNCTION(store)
#define tk_splat TK_FUNCTION(splat)
#define tk_fma TK_FUNCTION(fma)
#define tk_max TK_FUNCTION(max)
#define tk_min TK_FUNCTION(min)
