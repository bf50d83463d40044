// Where the samples of deformable attention lie, with vectors over samples; for the kernel and its gradient.
#include "../runtime/vector.h"
#include "../runtime/vector_lanes.h"
#include "../runtime/partial.h"
#include "../runtime/vector_exp.h"

#undef TK_SAMPLES
#define TK_SAMPLES 128

/// What does not depend on the query, of up to TK_SAMPLES samples: a part of a head's, or those of several heads.
typedef struct {
  float width[TK_SAMPLES], height[TK_SAMPLES];
  int32_t row[TK_SAMPLES];   // cells of a row of the sample's level
  int32_t base[TK_SAMPLES];  // the level's first token
} TK_FUNCTION(sample_levels);

TK_INLINE void TK_FUNCTION(set_levels)(
    const tk_deformable *w, size_t first, size_t count, TK_FUNCTION(sample_levels) * levels) {
  const size_t samples = w->levels * w->points;
  size_t level = 0, begin = 0;
  for (size_t s = 0; s < TK_SAMPLES; s++) {
    const bool used = s < count;
    const size_t wanted = (first + s) % samples / w->points;
    if (wanted < level) level = begin = 0;  // the next head
    for (; used && level < wanted; level++) begin += w->shapes[level].height * w->shapes[level].width;
    // An empty level and the lanes beyond the last sample have no cell, hence weight 0, at token 0.
    const size_t height = used ? w->shapes[level].height : 0, width = used ? w->shapes[level].width : 0;
    const bool empty = height == 0 || width == 0;
    levels->width[s] = empty ? 0 : (float)width;
    levels->height[s] = empty ? 0 : (float)height;
    levels->row[s] = empty ? 0 : (int32_t)width;
    levels->base[s] = empty ? 0 : (int32_t)begin;
  }
}

/// Two neighbouring cells along an axis (clamped to the map), their weights (0 outside the map, or where the coordinate is
/// NaN), and whether they are inside.
typedef struct {
  TK_INTEGERS cell[2], inside[2];
  TK_VECTOR weight[2];
} TK_FUNCTION(cell_pair);
#undef TK_CELL_PAIR
#define TK_CELL_PAIR TK_FUNCTION(cell_pair)

TK_INLINE TK_CELL_PAIR TK_FUNCTION(split)(TK_VECTOR at, TK_VECTOR size) {
  const TK_VECTOR zero = {0}, one = tk_splat(1), last = size - 1, outside = tk_splat(-2);
  const TK_INTEGERS near = (at > -one) & (at < size);
  at = tk_select(near, at, outside);
  const TK_VECTOR low = __builtin_elementwise_floor(at), high = low + one, fraction = at - low;
  const TK_INTEGERS low_inside = near & (low >= zero), high_inside = near & (high <= last);
  const TK_VECTOR a = tk_select(low > zero, low, zero), b = tk_select(high < last, high, last);
  return (TK_CELL_PAIR){
      {__builtin_convertvector(a, TK_INTEGERS),
       __builtin_convertvector(tk_select(b > zero, b, zero), TK_INTEGERS)},
      {low_inside, high_inside},
      {tk_select(low_inside, one - fraction, zero), tk_select(high_inside, fraction, zero)}};
}

/// The steps of offsets: in cells of the map for each level's width and height, 1 where offsets are cells.
typedef struct {
  bool boxes;
  float half_width, half_height;
} TK_FUNCTION(offset_units);
#undef TK_OFFSET_UNITS
#define TK_OFFSET_UNITS TK_FUNCTION(offset_units)

TK_INLINE TK_OFFSET_UNITS TK_FUNCTION(units_of)(const tk_deformable *w, const float *reference) {
  const bool boxes = w->reference_size == 4;
  return (TK_OFFSET_UNITS){
      boxes, boxes ? reference[2] * 0.5f / (float)w->points : 0, boxes ? reference[3] * 0.5f / (float)w->points : 0};
}

/// Cells along x and y, and the level's first token and row, of the samples from `s` on; `offset` are (x, y) of `count`.
TK_INLINE void TK_FUNCTION(find_cells)(
    const TK_FUNCTION(sample_levels) * levels, TK_OFFSET_UNITS units, size_t s, size_t count, const float *offset,
    const float *reference, TK_CELL_PAIR *columns, TK_CELL_PAIR *rows) {
  float copy[2 * TK_LANES] = {0};
  const float *pairs = offset + 2 * s;
  if (count - s < TK_LANES) {
    memcpy(copy, pairs, (count - s) * 2 * sizeof(float));
    pairs = copy;
  }
  const TK_VECTOR a = tk_load(pairs), b = tk_load(pairs + TK_LANES);
#if TK_LANES == 16
  const TK_VECTOR dx = __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
  const TK_VECTOR dy = __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
#elif TK_LANES == 8
  const TK_VECTOR dx = __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14);
  const TK_VECTOR dy = __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15);
#else
  const TK_VECTOR dx = __builtin_shufflevector(a, b, 0, 2, 4, 6);
  const TK_VECTOR dy = __builtin_shufflevector(a, b, 1, 3, 5, 7);
#endif
  const TK_VECTOR width = tk_load(levels->width + s), height = tk_load(levels->height + s);
  TK_VECTOR x = tk_fma(tk_splat(reference[0]), width, tk_splat(-0.5f));
  TK_VECTOR y = tk_fma(tk_splat(reference[1]), height, tk_splat(-0.5f));
  x = units.boxes ? tk_fma(dx, units.half_width * width, x) : x + dx;
  y = units.boxes ? tk_fma(dy, units.half_height * height, y) : y + dy;
  *columns = TK_FUNCTION(split)(x, width);
  *rows = TK_FUNCTION(split)(y, height);
}

/// Tokens of the four corners: upper left, upper right, lower left, lower right.
TK_INLINE void TK_FUNCTION(tokens_of)(
    const TK_FUNCTION(sample_levels) * levels, size_t s, const TK_CELL_PAIR *columns, const TK_CELL_PAIR *rows,
    TK_INTEGERS *token) {
  TK_INTEGERS base, row;
  memcpy(&base, levels->base + s, sizeof base);
  memcpy(&row, levels->row + s, sizeof row);
  for (int corner = 0; corner < 4; corner++)
    token[corner] = base + rows->cell[corner / 2] * row + columns->cell[corner % 2];
}

TK_INLINE float TK_FUNCTION(greatest_logit)(size_t count, const float *logits) {
  TK_VECTOR greatest = tk_splat(logits[0]);
  size_t s = 0;
  for (; s + TK_LANES <= count; s += TK_LANES) {
    const TK_VECTOR v = tk_load(logits + s);
    greatest = tk_select(v > greatest, v, greatest);
  }
  float result = tk_greatest(greatest);
  for (; s < count; s++) result = logits[s] > result ? logits[s] : result;
  return result;
}

/// exp(logit - greatest) of `count` logits into `scores`; their sum.
TK_INLINE float TK_FUNCTION(exponentials)(size_t count, const float *logits, float greatest, float *scores) {
  TK_VECTOR sum = {0};
  size_t s = 0;
  for (; s + TK_LANES <= count; s += TK_LANES) {
    const TK_VECTOR e = tk_exp(tk_load(logits + s) - greatest);
    tk_store(scores + s, e);
    sum += e;
  }
  if (s < count) {
    TK_VECTOR e = tk_exp(tk_load_part(logits + s, count - s) - greatest);
    e = tk_select(TK_FUNCTION(lanes)() < (int32_t)(count - s), e, (TK_VECTOR){0});
    tk_store_part(scores + s, e, count - s);
    sum += e;
  }
  return tk_sum(sum);
}
