// Sums of outer products of rows for one instruction set. A tile of TK_TILE_HEIGHT x TK_TILE_VECTORS vectors is summed in
// registers, one fma a number and row, from the first row to the last, in every size of tile alike. Neither factor is
// packed: a tile reads a few neighbours of each row.
#include "../runtime/partial.h"

#define TK_UNROLL _Pragma("clang loop unroll(full)")

typedef struct {
  size_t rows;
  size_t a_stride, b_stride, c_stride;
  bool accumulate;
} outer_call;

/// `height`, `vectors` and `part` (whether the last vector is not full) are constants of the caller.
TK_INLINE void tile(
    const outer_call *call, const size_t height, const size_t vectors, const bool part, size_t columns, const float *a,
    const float *b, float *c) {
  const size_t last = columns - (vectors - 1) * TK_LANES;
  const size_t a_stride = call->a_stride, b_stride = call->b_stride;
  TK_VECTOR sum[TK_TILE_HEIGHT][TK_TILE_VECTORS];
  TK_UNROLL for (size_t i = 0; i < height; i++)
    TK_UNROLL for (size_t v = 0; v < vectors; v++) sum[i][v] = (TK_VECTOR){0};

  for (size_t r = call->rows; r > 0; r--, a += a_stride, b += b_stride) {
    TK_VECTOR values[TK_TILE_VECTORS];
    TK_UNROLL for (size_t v = 0; v < vectors; v++)
      values[v] = part && v + 1 == vectors ? tk_load_part(b + v * TK_LANES, last) : tk_load(b + v * TK_LANES);
    TK_UNROLL for (size_t i = 0; i < height; i++) {
      TK_VECTOR factor = tk_splat(a[i]);
      TK_UNROLL for (size_t v = 0; v < vectors; v++) sum[i][v] = tk_fma(factor, values[v], sum[i][v]);
    }
  }

  TK_UNROLL for (size_t i = 0; i < height; i++, c += call->c_stride)
    TK_UNROLL for (size_t v = 0; v < vectors; v++) {
      if (part && v + 1 == vectors) {
        if (call->accumulate) sum[i][v] += tk_load_part(c + v * TK_LANES, last);
        tk_store_part(c + v * TK_LANES, sum[i][v], last);
      } else {
        if (call->accumulate) sum[i][v] += tk_load(c + v * TK_LANES);
        tk_store(c + v * TK_LANES, sum[i][v]);
      }
    }
}

#define TK_TILE_CASE(count, vectors, part)                                                      \
  case count:                                                                                   \
    if (count <= TK_TILE_HEIGHT) tile(call, count, vectors, part, columns, a, b, c);            \
    break;

/// A case for each height.
#define TK_TILE_FUNCTION(name, vectors, part)                                                                          \
  static __attribute__((noinline)) void name(                                                                          \
      const outer_call *call, size_t height, size_t columns, const float *a, const float *b, float *c) {               \
    switch (height) {                                                                                                  \
      TK_TILE_CASE(1, vectors, part)                                                                                   \
      TK_TILE_CASE(2, vectors, part)                                                                                   \
      TK_TILE_CASE(3, vectors, part)                                                                                   \
      TK_TILE_CASE(4, vectors, part)                                                                                   \
      TK_TILE_CASE(5, vectors, part)                                                                                   \
      TK_TILE_CASE(6, vectors, part)                                                                                   \
      TK_TILE_CASE(7, vectors, part)                                                                                   \
      TK_TILE_CASE(8, vectors, part)                                                                                   \
      TK_TILE_CASE(9, vectors, part)                                                                                   \
      TK_TILE_CASE(10, vectors, part)                                                                                  \
      TK_TILE_CASE(11, vectors, part)                                                                                  \
      TK_TILE_CASE(12, vectors, part)                                                                                  \
      TK_TILE_CASE(13, vectors, part)                                                                                  \
      TK_TILE_CASE(14, vectors, part)                                                                                  \
    }                                                                                                                  \
  }

TK_TILE_FUNCTION(wide_tile, TK_TILE_VECTORS, false)
TK_TILE_FUNCTION(wide_part_tile, TK_TILE_VECTORS, true)
TK_TILE_FUNCTION(vector_tile, 1, false)
TK_TILE_FUNCTION(part_tile, 1, true)

void TK_FUNCTION(tk_outer_block)(
    size_t rows, size_t m, size_t n, const float *a, size_t a_stride, const float *b, size_t b_stride, bool accumulate,
    float *c, size_t c_stride) {
  if (m == 0) return;
  outer_call call = {rows, a_stride, b_stride, c_stride, accumulate};
  // Heights are dealt out evenly: 16 are two tiles of 8, not one of 14 and one of 2.
  size_t tiles = (m + TK_TILE_HEIGHT - 1) / TK_TILE_HEIGHT, least = m / tiles, larger = m % tiles;
  for (size_t j = 0, columns; j < n; j += columns) {
    bool is_wide = n - j >= TK_TILE_VECTORS * TK_LANES;
    // Two vectors share the loads of the factors, so a part joins the vectors before it.
    bool is_wide_part = !is_wide && n - j > (TK_TILE_VECTORS - 1) * TK_LANES;
    columns = is_wide ? TK_TILE_VECTORS * TK_LANES : is_wide_part || n - j < TK_LANES ? n - j : TK_LANES;
    for (size_t t = 0, i = 0, height; t < tiles; t++, i += height) {
      height = least + (t < larger);
      if (is_wide)
        wide_tile(&call, height, columns, a + i, b + j, c + i * c_stride + j);
      else if (is_wide_part)
        wide_part_tile(&call, height, columns, a + i, b + j, c + i * c_stride + j);
      else if (columns == TK_LANES)
        vector_tile(&call, height, columns, a + i, b + j, c + i * c_stride + j);
      else
        part_tile(&call, height, columns, a + i, b + j, c + i * c_stride + j);
    }
  }
}
