// The product for one instruction set. A tile of TK_TILE_ROWS x TK_TILE_PANELS panels is summed in registers, one fma
// a number and step of k from 0 upwards, in every size of tile alike: a row gives the same bits wherever it stands.
// Tiles of few rows take TK_FLAT_PANELS panels instead, so that enough sums are under way to hide the latency of fma.
//
// Where TK_MULTIPLY is defined, it takes the place of fma, the product is called TK_PRODUCT_BLOCK, and numbers of `a` and
// of the panels are what TK_MULTIPLY makes of them.
#include "../runtime/activate.h"
#include "../runtime/partial.h"

#ifdef TK_MULTIPLY
#define TK_RUNS_LINKAGE static
#define TK_PRODUCT_OF_RUNS product_of_runs
#else
#define TK_MULTIPLY tk_fma
#define TK_RUNS_LINKAGE
#define TK_PRODUCT_OF_RUNS tk_product_of_runs
#define TK_PRODUCT_BLOCK tk_product_block
#endif

#define TK_PANEL_VECTORS (TK_PANEL / TK_LANES)
#define TK_UNROLL _Pragma("clang loop unroll(full)")

/// What all tiles of a product share.
typedef struct {
  size_t k, a_stride, c_stride;
  const tk_epilogue *epilogue;
  size_t runs, length;  // of each row of `a`; runs * length is k
  const size_t *offsets;
} product_call;

/// The epilogue of sums in memory, for tiles that are narrower than their panels and activations with long formulas.
static __attribute__((noinline)) void finish_from_memory(
    const product_call *call, size_t rows, size_t columns, const float *sums, size_t sums_stride, float *c,
    const float *bias, const float *residual) {
  tk_activation activation = call->epilogue->activation;
  for (size_t i = 0; i < rows; i++, sums += sums_stride, c += call->c_stride) {
    for (size_t j = 0; j < columns; j += TK_LANES) {
      size_t count = columns - j;
      TK_VECTOR v = *(const TK_VECTOR *)(sums + j);
      if (count >= TK_LANES) {
        if (bias) v += tk_load(bias + j);
        v = tk_activate(v, activation);
        if (residual) v += tk_load(residual + j);
        tk_store(c + j, v);
      } else {
        if (bias) v += tk_load_part(bias + j, count);
        v = tk_activate(v, activation);
        if (residual) v += tk_load_part(residual + j, count);
        tk_store_part(c + j, v, count);
      }
    }
    if (residual) residual += call->epilogue->residual_stride;
  }
}

/// `rows` and `panels` are constants of the caller; all loops over them disappear.
TK_INLINE void tile(
    const product_call *call, const size_t rows, const size_t panels, size_t columns, const float *a,
    const float *packed, float *c, const float *bias, const float *residual) {
  const size_t vectors = panels * TK_PANEL_VECTORS;
  const size_t a_stride = call->a_stride, panel_size = call->k * TK_PANEL;

  TK_VECTOR sum[TK_TILE_ROWS][TK_FLAT_PANELS * TK_PANEL_VECTORS];
  TK_UNROLL for (size_t i = 0; i < rows; i++) TK_UNROLL for (size_t v = 0; v < vectors; v++) sum[i][v] = (TK_VECTOR){0};

  for (size_t run = 0; run < call->runs; run++, packed += call->length * TK_PANEL) {
    const float *piece = a + call->offsets[run];
    _Pragma("clang loop unroll_count(4)") for (size_t p = 0; p < call->length; p++) {
      TK_VECTOR weights[TK_FLAT_PANELS * TK_PANEL_VECTORS];
      TK_UNROLL for (size_t v = 0; v < vectors; v++)
        weights[v] = tk_load(
            packed + v / TK_PANEL_VECTORS * panel_size + p * TK_PANEL + v % TK_PANEL_VECTORS * TK_LANES);
      TK_UNROLL for (size_t i = 0; i < rows; i++) {
        TK_VECTOR factor = tk_splat(piece[i * a_stride + p]);
        TK_UNROLL for (size_t v = 0; v < vectors; v++) sum[i][v] = TK_MULTIPLY(factor, weights[v], sum[i][v]);
      }
    }
  }

  tk_activation activation = call->epilogue->activation;
  if (columns < panels * TK_PANEL || activation == TK_ACTIVATION_GELU) {
    TK_VECTOR sums[TK_TILE_ROWS * TK_FLAT_PANELS * TK_PANEL_VECTORS];
    TK_UNROLL for (size_t i = 0; i < rows; i++)
      TK_UNROLL for (size_t v = 0; v < vectors; v++) sums[i * vectors + v] = sum[i][v];
    finish_from_memory(call, rows, columns, (const float *)sums, panels * TK_PANEL, c, bias, residual);
    return;
  }
  if (bias)
    TK_UNROLL for (size_t v = 0; v < vectors; v++) {
      TK_VECTOR b = tk_load(bias + v * TK_LANES);
      TK_UNROLL for (size_t i = 0; i < rows; i++) sum[i][v] += b;
    }
  if (activation != TK_ACTIVATION_NONE) {
    TK_VECTOR high = tk_splat(activation == TK_ACTIVATION_RELU6 ? 6 : __builtin_inff());
    TK_UNROLL for (size_t i = 0; i < rows; i++) TK_UNROLL for (size_t v = 0; v < vectors; v++) sum[i][v] =
        TK_FUNCTION(at_most)(TK_FUNCTION(at_least)(sum[i][v], tk_splat(0)), high);
  }
  if (residual)
    TK_UNROLL for (size_t i = 0; i < rows; i++) TK_UNROLL for (size_t v = 0; v < vectors; v++) sum[i][v] +=
        tk_load(residual + i * call->epilogue->residual_stride + v * TK_LANES);
  TK_UNROLL for (size_t i = 0; i < rows; i++)
    TK_UNROLL for (size_t v = 0; v < vectors; v++) tk_store(c + i * call->c_stride + v * TK_LANES, sum[i][v]);
}

#define TK_TILE_CASE(count, panels)                                                     \
  case count:                                                                           \
    if (count <= TK_TILE_ROWS && (panels <= TK_TILE_PANELS || count <= TK_FLAT_ROWS))   \
      tile(call, count, panels, columns, a, packed, c, bias, residual);                 \
    break;

/// A function for each number of panels; a case in it for each number of rows.
#define TK_TILE_FUNCTION(panels)                                                                            \
  static __attribute__((noinline)) void tile_of_##panels(                                                   \
      const product_call *call, size_t rows, size_t columns, const float *a, const float *packed, float *c, \
      const float *bias, const float *residual) {                                                           \
    switch (rows) {                                                                                         \
      TK_TILE_CASE(1, panels)                                                                               \
      TK_TILE_CASE(2, panels)                                                                               \
      TK_TILE_CASE(3, panels)                                                                               \
      TK_TILE_CASE(4, panels)                                                                               \
      TK_TILE_CASE(5, panels)                                                                               \
      TK_TILE_CASE(6, panels)                                                                               \
      TK_TILE_CASE(7, panels)                                                                               \
      TK_TILE_CASE(8, panels)                                                                               \
      TK_TILE_CASE(9, panels)                                                                               \
      TK_TILE_CASE(10, panels)                                                                              \
      TK_TILE_CASE(11, panels)                                                                              \
      TK_TILE_CASE(12, panels)                                                                              \
      TK_TILE_CASE(13, panels)                                                                              \
      TK_TILE_CASE(14, panels)                                                                              \
    }                                                                                                       \
  }

TK_TILE_FUNCTION(1)
TK_TILE_FUNCTION(2)
#if TK_FLAT_PANELS > 2
TK_TILE_FUNCTION(4)
#endif

TK_RUNS_LINKAGE void TK_FUNCTION(TK_PRODUCT_OF_RUNS)(
    size_t m, size_t n, size_t runs, size_t length, const size_t *offsets, const float *a, size_t a_stride,
    const float *packed, float *c, size_t c_stride, const tk_epilogue *epilogue) {
  if (m == 0) return;
  size_t k = runs * length;
  product_call call = {k, a_stride, c_stride, epilogue, runs, length, offsets};
  // Rows are dealt out evenly: 16 are two tiles of 8, not one of 14 and one of 2.
  size_t tiles = (m + TK_TILE_ROWS - 1) / TK_TILE_ROWS, least = m / tiles, larger = m % tiles;
  size_t widest = m <= TK_FLAT_ROWS ? TK_FLAT_PANELS : TK_TILE_PANELS;

  for (size_t j = 0, panels; j < n; j += panels * TK_PANEL) {
    size_t left = (n - j + TK_PANEL - 1) / TK_PANEL;
    panels = left >= widest ? widest : left >= TK_TILE_PANELS ? TK_TILE_PANELS : 1;
    size_t columns = n - j < panels * TK_PANEL ? n - j : panels * TK_PANEL;
    const float *weights = packed + j * k;
    const float *bias = epilogue->bias ? epilogue->bias + j : NULL;
    for (size_t t = 0, i = 0, rows; t < tiles; t++, i += rows) {
      rows = least + (t < larger);
      const float *residual = epilogue->residual ? epilogue->residual + i * epilogue->residual_stride + j : NULL;
      const float *rows_of_a = a + i * a_stride;
      float *tile_of_c = c + i * c_stride + j;
      switch (panels) {
        case 1: tile_of_1(&call, rows, columns, rows_of_a, weights, tile_of_c, bias, residual); break;
        case 2: tile_of_2(&call, rows, columns, rows_of_a, weights, tile_of_c, bias, residual); break;
#if TK_FLAT_PANELS > 2
        case 4: tile_of_4(&call, rows, columns, rows_of_a, weights, tile_of_c, bias, residual); break;
#endif
      }
    }
  }
}

void TK_FUNCTION(TK_PRODUCT_BLOCK)(
    size_t m, size_t n, size_t k, const float *a, size_t a_stride, const float *packed, float *c, size_t c_stride,
    const tk_epilogue *epilogue) {
  size_t offset = 0;
  TK_FUNCTION(TK_PRODUCT_OF_RUNS)(m, n, 1, k, &offset, a, a_stride, packed, c, c_stride, epilogue);
}
