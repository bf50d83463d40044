/// TensorKernels: the arithmetic of SemanticSAM on the processor.
///
/// Conventions, for every function of this header:
/// - Numbers are f32, arrays are dense and row-major. A feature map is `[H, W, C]`: channels are innermost, so the rows
///   of a map are the tokens `[H*W, C]` of a transformer and a 1x1 convolution is a matrix product.
/// - No function keeps a pointer, allocates memory that the caller must free, or fails: shapes are the caller's to check.
///   Scratch comes from the recycling pool (`tk_memory_acquire`).
/// - Outputs may not overlap inputs unless the function says so. Pointers need no alignment beyond that of `float`.
/// - Work is cut among threads by shape alone and each output number is summed by one thread in one order, so results
///   are the same bits with any number of threads.
/// - Each kernel has a scalar version, its specification; the faster ones are tested against it.
#ifndef TENSOR_KERNELS_H
#define TENSOR_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

#define TK_SWIFT_NAME(name) __attribute__((swift_name(#name)))

// ------------------------------------------------------------------------------------------------ runtime: processor

/// The instruction sets that kernels are compiled for, from the slowest to the fastest of each architecture.
typedef enum __attribute__((enum_extensibility(closed))) TK_SWIFT_NAME(InstructionSet) : int32_t {
  TK_ISA_SCALAR TK_SWIFT_NAME(scalar) = 0,
  TK_ISA_NEON TK_SWIFT_NAME(neon) = 1,
  TK_ISA_AVX2 TK_SWIFT_NAME(avx2) = 2,
  TK_ISA_AVX512 TK_SWIFT_NAME(avx512) = 3,
} tk_isa;

/// The instruction set in use. At first use the best one the processor has, or a lower one that the environment variable
/// `SEMANTIC_SAM_ISA` (scalar, neon, avx2, avx512) names.
tk_isa tk_current_isa(void);

/// Whether this processor, in this build, can run the kernels of `isa`.
bool tk_supports_isa(tk_isa isa);

/// Switches every kernel to `isa` and returns true, or returns false and changes nothing where it is not supported.
/// For tests and benchmarks: a call while kernels run mixes instruction sets.
bool tk_force_isa(tk_isa isa);

/// "scalar", "neon", "avx2" or "avx512".
const char *tk_isa_name(tk_isa isa);

// -------------------------------------------------------------------------------------------------- runtime: threads

/// Threads that a kernel may use, the caller's included: at first use the number of processors this process may run on,
/// or the environment variable `SEMANTIC_SAM_THREADS`.
int tk_thread_count(void);

/// Sets the number of threads, at least 1 and at most 256. May be called at any time; running kernels finish as they began.
void tk_set_thread_count(int count);

/// Calls `body(context, i)` for each i in 0 ..< count, on the pool's threads and the caller's, and returns when all have
/// finished. While another thread holds the pool, or from inside a body, it runs the whole loop on the calling thread.
void tk_parallel_for(size_t count, void (*body)(void *_Nullable context, size_t index), void *_Nullable context);

// --------------------------------------------------------------------------------------------------- runtime: memory

/// A block of at least `bytes` bytes, aligned to 64, from the recycling pool; contents are arbitrary. NULL when the system
/// has no memory. Thread-safe.
void *_Nullable tk_memory_acquire(size_t bytes);

/// Gives a block of `tk_memory_acquire` back to the pool; NULL is ignored. Thread-safe.
void tk_memory_release(void *_Nullable block);

/// Returns what the pool holds and nobody uses to the system; the number of bytes.
size_t tk_memory_trim(void);

/// Between these two calls, which nest and may come from any thread, the pool keeps all that is released, at other times
/// 768 MiB: what a training step has freed, the next one needs again.
void tk_memory_begin_keeping(void);
void tk_memory_end_keeping(void);

/// Blocks asked of the system since the start (not those the pool recycled): a count for tests.
size_t tk_memory_system_allocations(void);

// ----------------------------------------------------------------------------------------------------- gemm: products

typedef enum __attribute__((enum_extensibility(closed))) TK_SWIFT_NAME(Activation) : int32_t {
  TK_ACTIVATION_NONE TK_SWIFT_NAME(none) = 0,
  TK_ACTIVATION_RELU TK_SWIFT_NAME(relu) = 1,
  TK_ACTIVATION_RELU6 TK_SWIFT_NAME(relu6) = 2,
  TK_ACTIVATION_GELU TK_SWIFT_NAME(gelu) = 3,  // by erf
} tk_activation;

/// What happens to a product before it is stored: `activation(product + bias) + residual`.
/// `bias` has one number a column; `residual` has the output's shape and may be the output itself.
typedef struct TK_SWIFT_NAME(Epilogue) {
  const float *_Nullable bias;
  const float *_Nullable residual;
  size_t residual_stride;  // numbers from one row of `residual` to the next
  tk_activation activation;
} tk_epilogue;

/// Numbers that `tk_pack_f32` writes for weights of `n` rows (outputs) and `k` columns (inputs).
size_t tk_packed_size(size_t n, size_t k);

/// Packs weights `[n, k]`, row j at `weights + j * stride`, into panels for `tk_product_f32`: 16 outputs a panel,
/// `[ceil(n / 16), k, 16]`, the last panel filled up with zeros. The layout is the same for every instruction set.
void tk_pack_f32(size_t n, size_t k, const float *weights, size_t stride, float *packed);

/// `c[m, n] = epilogue(a[m, k] * weights[n, k]^T)` with packed weights; rows of `a` and `c` are `a_stride` and `c_stride`
/// numbers apart. A row of the result does not depend on the other rows or on their number.
void tk_product_f32(
    size_t m, size_t n, size_t k, const float *a, size_t a_stride, const float *packed, float *c, size_t c_stride,
    tk_epilogue epilogue);

/// Two products, one behind the other: `c[m, n] = epilogue(activation(a[m, k] * expand^T + expand_bias) * contract^T)`.
/// `expand` are packed weights `[hidden, k]`, `contract` packed weights `[n, hidden]`; `expand_bias` has `hidden` numbers.
/// The bits are those of two calls of `tk_product_f32`, but where there are many rows, the hidden numbers of a few of them
/// at a time stay in the cache. The residual may be `c`. Returns false when there is no memory.
bool tk_feed_forward_f32(
    size_t m, size_t n, size_t k, size_t hidden, const float *a, const float *expand,
    const float *_Nullable expand_bias, tk_activation activation, const float *contract, float *c,
    tk_epilogue epilogue);

/// The bf16 numbers that `tk_pack_bf16` writes for weights of `n` rows and `k` columns.
size_t tk_packed_bf16_size(size_t n, size_t k);

/// Packs weights `[n, k]` as `tk_pack_f32` does, rounded to bf16 (nearest, ties to even), the numbers of two columns beside
/// each other: `[ceil(n / 16), ceil(k / 2), 16, 2]`, filled up with zeros. `packed` is aligned to 4 bytes.
void tk_pack_bf16(size_t n, size_t k, const float *weights, size_t stride, uint16_t *packed);

/// `tk_product_f32` with weights of `tk_pack_bf16` and with `a` rounded to bf16 (nearest, ties to even) where it is read.
/// Products are summed in f32, bias, activation and residual are f32. Rounded numbers below 2^-126 may count as 0.
void tk_product_bf16(
    size_t m, size_t n, size_t k, const float *a, size_t a_stride, const uint16_t *packed, float *c, size_t c_stride,
    tk_epilogue epilogue);

/// `tk_feed_forward_f32` with weights of `tk_pack_bf16`: both products are those of `tk_product_bf16`.
bool tk_feed_forward_bf16(
    size_t m, size_t n, size_t k, size_t hidden, const float *a, const uint16_t *expand,
    const float *_Nullable expand_bias, tk_activation activation, const uint16_t *contract, float *c,
    tk_epilogue epilogue);

/// Whether products of bf16 run on instructions made for them (`vdpbf16ps` of AVX-512), which are not exact about the order
/// of the two products of a pair; else they run on those of the instruction set in use, at most as fast as f32.
bool tk_has_bf16_instructions(void);

/// Forbids these instructions, or allows them again. For tests and benchmarks, as `tk_force_isa`.
void tk_allow_bf16_instructions(bool are_allowed);

// -------------------------------------------------------------------------------------------------- conv: convolution

/// A 2-D convolution of a map `[height, width, channels]`. Output sizes are the caller's: position (y, x) of the output
/// reads input rows `y * stride - padding_top + dilation * i`, columns alike; zeros beyond the edges.
typedef struct TK_SWIFT_NAME(ConvolutionShape) {
  size_t batch;
  size_t height, width, channels;
  size_t kernel_height, kernel_width;
  size_t stride, dilation;
  size_t padding_top, padding_left;
  size_t output_height, output_width, output_channels;
} tk_convolution_shape;

/// Dense convolution: `input [B, H, W, C]` -> `output [B, H', W', C']`. `packed` are the weights `[C', kh*kw*C]` (taps
/// outer, channels inner) after `tk_pack_f32`. The epilogue's residual has the output's shape.
void tk_convolution_f32(
    tk_convolution_shape shape, const float *input, const float *packed, float *output, tk_epilogue epilogue);

/// `tk_convolution_f32` with the weights of `tk_pack_bf16`; input and sums as in `tk_product_bf16`.
void tk_convolution_bf16(
    tk_convolution_shape shape, const float *input, const uint16_t *packed, float *output, tk_epilogue epilogue);

/// Depthwise convolution (`output_channels` equals `channels`), weights `[kh*kw, C]`. The epilogue has no residual.
void tk_depthwise_f32(
    tk_convolution_shape shape, const float *input, const float *weights, float *output, tk_epilogue epilogue);

// ------------------------------------------------------------------------------------------------ norm: normalisation

/// LayerNorm of each row of `[rows, channels]`: `(v - mean) / sqrt(variance + epsilon) * weight + bias`, v = input, or
/// input + addend where `addend` is given. `output` may be `input` or `addend`.
void tk_layer_norm_f32(
    size_t rows, size_t channels, const float *input, const float *_Nullable addend, const float *weight,
    const float *bias, float epsilon, float *output);

/// GroupNorm of a map `[positions, channels]` over all positions and the `channels / groups` channels of each group, then
/// the activation. `output` may be `input`.
void tk_group_norm_f32(
    size_t positions, size_t channels, size_t groups, const float *input, const float *weight, const float *bias,
    float epsilon, tk_activation activation, float *output);

// --------------------------------------------------------------------------------------------------------- attention

/// Multi-head attention inside each of `batch` groups of `tokens` rows: softmax(q k^T * scale) v, head by head.
/// `q`, `k`, `v`, `output` are `[batch * tokens, heads * head_size]`, rows `q_stride`, ... numbers apart.
void tk_attention_f32(
    size_t batch, size_t tokens, size_t heads, size_t head_size, const float *q, size_t q_stride, const float *k,
    size_t k_stride, const float *v, size_t v_stride, float scale, float *output, size_t output_stride);

/// `tk_attention_f32` in which a row sees only the rows of its group up to itself.
void tk_causal_attention_f32(
    size_t batch, size_t tokens, size_t heads, size_t head_size, const float *q, size_t q_stride, const float *k,
    size_t k_stride, const float *v, size_t v_stride, float scale, float *output, size_t output_stride);

/// Attention inside windows of a map, with relative positions and, for shifted windows, a mask (Swin Transformer, section
/// 3.2): the map `[height, width]` is padded right and below to multiples of `window`, rolled up and left by `shift`, cut into
/// windows, and in each softmax(q k^T / sqrt(head_size) + bias + mask) v is computed head by head; then all is undone.
/// - `qkv` `[height * width, 3 * heads * head_size]`: queries, keys, values of each token; a token of the padding has the
///   row `padding` `[3 * heads * head_size]` (the bias of the projection) and is a key like others.
/// - `bias_table` `[(2 * window - 1)^2, heads]`: row (dy + window - 1) * (2 * window - 1) + dx + window - 1, (dy, dx) from
///   the key to the query.
/// - The mask adds -100 between tokens that came from different sides of the rolled map.
/// - `output` `[height * width, heads * head_size]`. Returns false when there is no memory.
bool tk_window_attention_f32(
    size_t height, size_t width, size_t heads, size_t head_size, size_t window, size_t shift, const float *qkv,
    const float *padding, const float *bias_table, float *output);

/// The sizes of one level of a feature pyramid.
typedef struct TK_SWIFT_NAME(LevelShape) {
  size_t height, width;
} tk_level_shape;

/// Multi-scale deformable attention without its projections.
/// - `value` `[sum of height*width, heads * head_size]`, the levels' tokens one after the other.
/// - `offsets`: the raw output of the offsets' projection, `[queries, heads, levels, points, 2]` (x, y), rows
///   `offsets_stride` apart; `logits` `[queries, heads, levels * points]`, rows `logits_stride` apart: one softmax over
///   levels and points of a head.
/// - `reference`: `[queries, 2]` (x, y) in 0...1 and offsets in cells of each level (`reference_size` 2), or
///   `[queries, 4]` (cx, cy, w, h) and offsets in halves of the box: location = centre + offset / points * size * 0.5
///   (`reference_size` 4).
/// - Sampling is bilinear, pixel = location * size - 0.5, zero outside the map.
/// - `output` `[queries, heads * head_size]`.
void tk_deformable_attention_f32(
    size_t queries, size_t heads, size_t head_size, size_t levels, const tk_level_shape *shapes, size_t points,
    const float *value, const float *offsets, size_t offsets_stride, const float *logits, size_t logits_stride,
    const float *reference, size_t reference_size, float *output);

// ---------------------------------------------------------------------------------------------------------- resample

/// Bilinear resize (align_corners false) of a map `[height, width, channels]`; added to what `output` holds where
/// `accumulate` is true.
void tk_resize_bilinear_f32(
    size_t height, size_t width, size_t channels, const float *input, size_t output_height, size_t output_width,
    bool accumulate, float *output);

/// Bicubic resize of bytes `[height, width, channels]` as Pillow does it, to the byte: a = -0.5, widened when shrinking,
/// weights in 22-bit fixed point, horizontal pass first, each pass skipped where its size does not change.
/// `stride` is the number of bytes from one row of `input` to the next. Returns false when there is no memory.
bool tk_resize_bicubic_u8(
    size_t height, size_t width, size_t channels, const uint8_t *input, size_t stride, size_t output_height,
    size_t output_width, uint8_t *output);

/// Bilinear resize of bytes as Pillow does it: as `tk_resize_bicubic_u8` with the triangle of half width 1 as its kernel.
bool tk_resize_bilinear_u8(
    size_t height, size_t width, size_t channels, const uint8_t *input, size_t stride, size_t output_height,
    size_t output_width, uint8_t *output);

/// `(byte - mean) / deviation` of RGB bytes `[height, width, 3]` into `output` `[padded_height, padded_width, 3]`, zeros
/// right and below.
void tk_normalize_u8(
    size_t height, size_t width, const uint8_t *input, size_t padded_height, size_t padded_width,
    const float mean[_Nonnull 3], const float deviation[_Nonnull 3], float *output);

/// Samples a map on a `grid x grid` raster over `extent` times each box (cx, cy, w, h in 0...1): bilinear, pixel =
/// location * size - 0.5, clamped to the map's border. Box n reads `map + n * map_stride` (0: one map for all), of shape
/// `[height, width, channels]`; its cell (i, j) is written to `output + ((n * grid + i) * grid + j) * output_stride`.
void tk_sample_boxes_f32(
    size_t boxes, const float *box, size_t grid, float extent, size_t height, size_t width, size_t channels,
    const float *map, size_t map_stride, float *output, size_t output_stride);

// -------------------------------------------------------------------------------------------------------- elementwise

/// `output = a + b`; `output` may be either.
void tk_add_f32(size_t count, const float *a, const float *b, float *output);

/// `output[r, :] = a[r, :] + b[:]` for rows of `channels`; `output` may be `a`.
void tk_add_row_f32(size_t rows, size_t channels, const float *a, const float *b, float *output);

/// `output = 1 / (1 + exp(-input))`; `output` may be `input`.
void tk_sigmoid_f32(size_t count, const float *input, float *output);

/// `output = log(max(x, epsilon) / max(1 - x, epsilon))` with x = input clamped to 0...1; `output` may be `input`.
void tk_inverse_sigmoid_f32(size_t count, float epsilon, const float *input, float *output);

/// Sine embedding of reference boxes (cx, cy, w, h): `[count, 4]` -> `[count, 4 * half]` in the order y, x, w, h; channel
/// c of each: value * 2 pi / 10000^(2 * (c / 2) / half), even channels sine, odd ones cosine.
void tk_sine_boxes_f32(size_t count, size_t half, const float *boxes, float *output);

/// Sine embedding of the positions of a map, `[height * width, channels]`: channels / 2 for y, then for x, of
/// (k + 1) / (n + 1e-6) * 2 pi, frequencies as in `tk_sine_boxes_f32`.
void tk_sine_positions_f32(size_t height, size_t width, size_t channels, float *output);

/// Widens `count` little-endian numbers of 16 bits (bfloat16 or IEEE half) or 64 bits to f32. No alignment is needed.
void tk_convert_bf16_f32(size_t count, const void *input, float *output);
void tk_convert_f16_f32(size_t count, const void *input, float *output);
void tk_convert_f64_f32(size_t count, const void *input, float *output);

/// Narrows to bfloat16 or IEEE half, rounding to nearest even.
void tk_convert_f32_bf16(size_t count, const float *input, uint16_t *output);
void tk_convert_f32_f16(size_t count, const float *input, uint16_t *output);

// --------------------------------------------------------------------------------------------------------------- mask

/// Adds `gain * max(1 - r, floor)` to each logit of `[count, height, width]`: r is the distance of the cell's centre from
/// the centre of box n (cx, cy, w, h in 0...1), 1 on the ellipse inscribed in it (w, h at least 1e-4).
void tk_add_ellipse_prior_f32(
    size_t count, size_t height, size_t width, const float *boxes, float gain, float floor, float *logits);

/// Geometry channels of the mask refiner, per cell of a grid over `extent` times each box, five numbers at
/// `output + cell * output_stride`: coarse / 4, 2u, 2v, 1 - 2 sqrt(u^2 + v^2), exp(-2 |d|^2); u, v in box widths from the
/// centre, d from the click (x, y; NaN: none, 0 is written) in half-widths (at least 1e-4). `coarse` is `[boxes, grid, grid]`.
void tk_refiner_channels_f32(
    size_t boxes, const float *box, const float *clicks, size_t grid, float extent, const float *coarse, float *output,
    size_t output_stride);

/// What the quality head reads of a refined mask, `[boxes, 2 * channels + 4]`: features averaged under the sigmoid mask,
/// features averaged over the grid, share of cells with logit > 0, (cells > 1, plus 1) / (cells > -1, plus 1), mean of
/// |2 sigmoid - 1|, sqrt(w h). `logits` `[boxes, cells]`, `features` `[boxes, cells, channels]`, row n of the output at
/// `output + n * output_stride`; the query's columns in the middle are the caller's (`middle` of them are skipped).
void tk_refiner_statistics_f32(
    size_t boxes, size_t cells, size_t channels, const float *logits, const float *features, const float *box,
    size_t middle, float *output, size_t output_stride);

/// Draws grid logits `[grid, grid]` over `extent` times a box (cx, cy, w, h in 0...1 of the image; w, h at least 1e-4) at
/// the image's size: bilinear between the cells' centres, the outermost cells' values on to the edge, -10 outside.
void tk_draw_grid_f32(
    size_t grid, const float *logits, const float box[_Nonnull 4], float extent, size_t height, size_t width,
    float *output);

/// Cells of a logit map: how many are above 1, 0 and -1.
typedef struct TK_SWIFT_NAME(LogitCounts) {
  size_t above_one, above_zero, above_minus_one;
} tk_logit_counts;

/// `tk_draw_grid_f32` without the logits: `bitmap` `[height, width]` gets 1 where the logit is above 0, else 0.
tk_logit_counts tk_draw_grid_bitmap(
    size_t grid, const float *logits, const float box[_Nonnull 4], float extent, size_t height, size_t width,
    uint8_t *bitmap);

/// How one axis of a picture is drawn from the cells of a map: coordinate i is the sum over k < 3 of `shares[3 * i + k]`
/// times cell `first[i] + k`. The three cells lie in the map, and `first` does not fall.
typedef struct TK_SWIFT_NAME(DrawingAxis) {
  size_t count;
  const int32_t *first;
  const float *shares;
} tk_drawing_axis;

/// Draws the map `logits` `[rows, width]` and gives the run lengths of what is above 0, as `tk_bitmap_runs` would of the
/// bitmap, which is never made. Writes at most `capacity` runs and returns how many there are; 0 when there is no memory.
/// `counts` gets the pixels above `offset`, 0 and -`offset`. Runs on the calling thread.
size_t tk_draw_runs(
    size_t rows, size_t width, const float *logits, const tk_drawing_axis *vertical, const tk_drawing_axis *horizontal,
    float offset, uint32_t *runs, size_t capacity, tk_logit_counts *counts);

/// Means of a map under a mask: each cell of `map` `[height, width, channels]` is weighted by the share of its
/// `stride x stride` square of `mask` `[height * stride, width * stride]` (0 or 1) that is set; divided by the sum of the
/// shares plus 1e-6. `output` has `channels` numbers.
void tk_masked_mean_f32(
    size_t height, size_t width, size_t channels, size_t stride, const float *map, const uint8_t *mask, float *output);

/// Run lengths of `bitmap` `[height, width]` (zero or not) in column-major order, zeros first (the first may be 0), as
/// COCO counts them. Writes at most `capacity` runs and returns how many there are.
size_t tk_bitmap_runs(size_t height, size_t width, const uint8_t *bitmap, uint32_t *runs, size_t capacity);

/// The bitmap `[height, width]` (0 and 1) of run lengths; runs beyond the bitmap are ignored.
void tk_runs_bitmap(size_t height, size_t width, const uint32_t *runs, size_t count, uint8_t *bitmap);

/// The number of pixels in two masks of one size, given by their run lengths, zeros first.
uint64_t tk_runs_common_area(const uint32_t *a, size_t a_count, const uint32_t *b, size_t b_count);

/// Where `tk_polygon_crossings` goes on: an edge, and the first of its columns that is still to be looked at.
typedef struct TK_SWIFT_NAME(PolygonCursor) {
  size_t edge, column;
} tk_polygon_cursor;

/// The pixels, in column-major order (x * height + y, `height * width` at most), at which a polygon's inside begins or ends
/// in COCO's rasterisation, in no order; a pixel that stands there twice cancels. `vertices` are `count` pairs x, y in
/// pixel edges, each of at most 4e8 in absolute value; the last is joined to the first. Writes at most `capacity`
/// positions from `cursor` on, returns how many, and moves `cursor`; all is done when `cursor->edge` is `count`.
size_t tk_polygon_crossings(
    size_t height, size_t width, const double *vertices, size_t count, tk_polygon_cursor *cursor, uint32_t *positions,
    size_t capacity);

/// Exact squared Euclidean distance from the centre of each pixel of `bitmap` `[height, width]` to that of the nearest
/// unset one, where all pixels outside the bitmap are unset; 0 at unset pixels. Returns false when there is no memory.
bool tk_squared_distances(size_t height, size_t width, const uint8_t *bitmap, uint32_t *distances);

/// The place of the first of the largest of `count` numbers, at least one.
size_t tk_first_largest_u32(size_t count, const uint32_t *values);

// ----------------------------------------------------------------------------------------------------------- training
/// Samples maps `[maps, height, width]` at points (x, y) in 0...1 of the map: bilinear, pixel = location * size - 0.5, zero
/// outside. Row r of `output` `[rows, points]` reads map `map[r]` (r where `map` is NULL) at the points that begin at
/// `point + r * point_stride` (0: one list for all rows). `height` and `width` are at least 1.
void tk_sample_points_f32(
    size_t rows, const uint32_t *_Nullable map, size_t height, size_t width, const float *maps, size_t points,
    const float *point, size_t point_stride, float *output);

/// The same of maps of bytes.
void tk_sample_points_u8(
    size_t rows, const uint32_t *_Nullable map, size_t height, size_t width, const uint8_t *maps, size_t points,
    const float *point, size_t point_stride, float *output);

/// The way back of `tk_sample_points_f32`: adds to `output` `[maps, height, width]` what `gradient` `[rows, points]` gives
/// the cells that were read.
void tk_sample_points_gradient_f32(
    size_t rows, const uint32_t *_Nullable map, size_t maps, size_t height, size_t width, size_t points,
    const float *point, size_t point_stride, const float *gradient, float *output);

/// Two losses of each row of `logits` x against `labels` y (0...1; below 0: the point is left out), both `[rows, points]`,
/// written to `terms` `[rows, 2]`: the binary cross-entropy, mean of max(x, 0) - x y + log(1 + exp(-|x|)), and the dice
/// loss, 1 - (2 sum(s y) + 1) / (sum(s) + sum(y) + 1), s = sigmoid(x). Sums are in double precision.
void tk_mask_terms_f32(size_t rows, size_t points, const float *logits, const float *labels, float *terms);

/// The way back of `tk_mask_terms_f32`: from `gradient` `[rows, 2]` by the terms to `output` `[rows, points]` by the logits.
void tk_mask_terms_gradient_f32(
    size_t rows, size_t points, const float *logits, const float *labels, const float *gradient, float *output);

/// The sums of products of row `first[n]` of `a` and row `second[n]` of `b`, rows of `points` numbers.
void tk_row_products_f32(
    size_t pairs, const uint32_t *first, const uint32_t *second, size_t points, const float *a, const float *b,
    double *output);

/// One step of AdamW: what is the same for all numbers of a parameter.
typedef struct TK_SWIFT_NAME(AdamWStep) {
  double rate, decay, beta1, beta2, epsilon;
  double correction1, correction2;  // 1 - beta^t
  double scale;                     // of the gradient
} tk_adamw_step;

/// AdamW: with g = scale * gradient, mean += (1 - beta1) (g - mean), square = beta2 square + (1 - beta2) g^2, parameter =
/// parameter (1 - rate decay) - rate / correction1 * mean / (sqrt(square / correction2) + epsilon).
void tk_adamw_f32(
    size_t count, tk_adamw_step step, const float *gradient, float *parameter, float *mean, float *square);

// ------------------------------------------------- training: products, convolutions, norms and elementwise, backward
// The ways back of the operations above: from the gradient of some number by an operation's output to those by its
// inputs. Sums run in an order that the shape alone decides.

/// Packs weights given as `[k, n]`, row p at `weights + p * stride`, as `tk_pack_f32` packs their transpose `[n, k]`.
void tk_pack_transposed_f32(size_t n, size_t k, const float *weights, size_t stride, float *packed);

/// The same for `tk_pack_bf16`.
void tk_pack_transposed_bf16(size_t n, size_t k, const float *weights, size_t stride, uint16_t *packed);

/// Each of `blocks` matrices `[rows, columns]` turned into `[columns, rows]`.
void tk_transpose_f32(size_t blocks, size_t rows, size_t columns, const float *input, float *output);

/// `c[m, n] = a[rows, m]^T * b[rows, n]`: the gradient by weights `[m, n]` from that by the product's output, `a`, and its
/// input, `b`. Rows of `a` and `b` are `a_stride` and `b_stride` numbers apart.
void tk_outer_product_f32(
    size_t rows, size_t m, size_t n, const float *a, size_t a_stride, const float *b, size_t b_stride, float *c);

/// The sum of each column of `[rows, channels]`: the gradient by a bias.
void tk_column_sums_f32(size_t rows, size_t channels, const float *input, float *output);

/// The gradient by the weights of a dense convolution, `[kh*kw, C, C']`, from its input `[B, H, W, C]` and the gradient by its
/// output `[B, H', W', C']`.
void tk_convolution_weights_gradient_f32(
    tk_convolution_shape shape, const float *input, const float *gradient, float *output);

/// The gradient by the input of a dense convolution, `[B, H, W, C]`, from that by its gathered columns
/// `[B, H', W', kh*kw, C]`: each input is given the sum of its places in the columns.
void tk_scatter_columns_f32(tk_convolution_shape shape, const float *columns, float *output);

/// The gradient by the weights of a depthwise convolution, `[kh*kw, C]`.
void tk_depthwise_weights_gradient_f32(
    tk_convolution_shape shape, const float *input, const float *gradient, float *output);

/// The gradient by the input of a depthwise convolution with weights `[kh*kw, C]`.
void tk_depthwise_input_gradient_f32(
    tk_convolution_shape shape, const float *gradient, const float *weights, float *output);

/// The gradients by the input (and the addend: it is the same), the weight and the bias of `tk_layer_norm_f32`. Returns false
/// when there is no memory.
bool tk_layer_norm_gradient_f32(
    size_t rows, size_t channels, const float *input, const float *_Nullable addend, const float *weight, float epsilon,
    const float *gradient, float *output, float *weight_gradient, float *bias_gradient);

/// The gradients by the input, the weight and the bias of `tk_group_norm_f32`. Returns false when there is no memory.
bool tk_group_norm_gradient_f32(
    size_t positions, size_t channels, size_t groups, const float *input, const float *weight, const float *bias,
    float epsilon, tk_activation activation, const float *gradient, float *output, float *weight_gradient,
    float *bias_gradient);

/// `output = activation(input)`, the same bits as where it ends a product; `output` may be `input`.
void tk_activate_f32(size_t count, tk_activation activation, const float *input, float *output);

/// `output = gradient * activation'`. `source` is the activation's result for ReLU and ReLU6, whose derivative is 0 at their
/// bounds, and its argument for GELU. `output` may be `source` or `gradient`.
void tk_activation_gradient_f32(
    size_t count, tk_activation activation, const float *source, const float *gradient, float *output);

/// `output = gradient * result * (1 - result)`, with the result of `tk_sigmoid_f32`; `output` may be either.
void tk_sigmoid_gradient_f32(size_t count, const float *result, const float *gradient, float *output);

/// The way back through `tk_inverse_sigmoid_f32`: 0 for inputs outside 0...1 and through a factor that is clamped to
/// `epsilon`. `output` may be `input` or `gradient`.
void tk_inverse_sigmoid_gradient_f32(
    size_t count, float epsilon, const float *input, const float *gradient, float *output);

/// `output = a * b`; `output` may be either.
void tk_multiply_f32(size_t count, const float *a, const float *b, float *output);

/// `output = input * factor`; `output` may be `input`.
void tk_scale_f32(size_t count, float factor, const float *input, float *output);

/// The sum of all numbers.
double tk_sum_f32(size_t count, const float *input);

// --------------------------------------------------------------- training: attention, resampling, and masks, backward

// Functions named `..._gradient_f32` take what the function of the same name takes, and the gradient by its output; they
// write the gradients by its inputs. Those that return a Boolean return false where there is no memory.

/// Gradient of `tk_attention_f32`. `gradient` `[batch * tokens, heads * head_size]` by the output, rows `gradient_stride`
/// apart; rows of the gradients by q, k and v are as far apart as those of q, k and v.
bool tk_attention_gradient_f32(
    size_t batch, size_t tokens, size_t heads, size_t head_size, const float *q, size_t q_stride, const float *k,
    size_t k_stride, const float *v, size_t v_stride, float scale, const float *gradient, size_t gradient_stride,
    float *q_gradient, float *k_gradient, float *v_gradient);

/// Gradient of `tk_causal_attention_f32`, as `tk_attention_gradient_f32`.
bool tk_causal_attention_gradient_f32(
    size_t batch, size_t tokens, size_t heads, size_t head_size, const float *q, size_t q_stride, const float *k,
    size_t k_stride, const float *v, size_t v_stride, float scale, const float *gradient, size_t gradient_stride,
    float *q_gradient, float *k_gradient, float *v_gradient);

/// Gradient of `tk_window_attention_f32`: by `qkv`, by `padding` `[3 * heads * head_size]` (all tokens of the padding
/// together) and by `bias_table` `[(2 * window - 1)^2, heads]`. The weights of attention are computed anew.
bool tk_window_attention_gradient_f32(
    size_t height, size_t width, size_t heads, size_t head_size, size_t window, size_t shift, const float *qkv,
    const float *padding, const float *bias_table, const float *gradient, float *qkv_gradient,
    float *padding_gradient, float *bias_table_gradient);

/// Gradient of `tk_deformable_attention_f32`: by `value`, by `offsets` `[queries, heads * levels * points * 2]` and by
/// `logits` `[queries, heads * levels * points]`, dense; NULL where it is not wanted, the last two only together. Between
/// cells the slope is that of bilinear interpolation; on a cell's centre, that towards greater coordinates.
bool tk_deformable_attention_gradient_f32(
    size_t queries, size_t heads, size_t head_size, size_t levels, const tk_level_shape *shapes, size_t points,
    const float *value, const float *offsets, size_t offsets_stride, const float *logits, size_t logits_stride,
    const float *reference, size_t reference_size, const float *gradient, float *_Nullable value_gradient,
    float *_Nullable offsets_gradient, float *_Nullable logits_gradient);

/// Gradient of `tk_resize_bilinear_f32`: `gradient` `[output_height, output_width, channels]` to `[height, width, channels]`.
bool tk_resize_bilinear_gradient_f32(
    size_t height, size_t width, size_t channels, const float *gradient, size_t output_height, size_t output_width,
    float *input_gradient);

/// Gradient of `tk_sample_boxes_f32` by the map, `[height, width, channels]`, or by the maps, one a box. The gradient of cell
/// (i, j) of box n stands at `gradient + ((n * grid + i) * grid + j) * gradient_stride`.
void tk_sample_boxes_gradient_f32(
    size_t boxes, const float *box, size_t grid, float extent, size_t height, size_t width, size_t channels,
    bool one_map_per_box, const float *gradient, size_t gradient_stride, float *map_gradient);

/// Gradient of `tk_add_ellipse_prior_f32` by the boxes `[count, 4]`, and by the gain the part of each mask, `[count]`; by the
/// logits it is `gradient` `[count, height, width]` itself. 0 where the floor or the least size holds.
void tk_ellipse_prior_gradient_f32(
    size_t count, size_t height, size_t width, const float *boxes, float gain, float floor, const float *gradient,
    float *boxes_gradient, float *gain_gradients);

/// Gradient of `tk_refiner_statistics_f32` by logits and features; `statistics` is its output, rows of it and of `gradient`
/// are `stride` apart. Counts of cells have no gradient, and boxes are constants.
bool tk_refiner_statistics_gradient_f32(
    size_t boxes, size_t cells, size_t channels, const float *logits, const float *features, size_t middle,
    const float *statistics, const float *gradient, size_t stride, float *logits_gradient, float *features_gradient);

#pragma clang assume_nonnull end

#endif
