// Masks with vectors over columns or channels.
#include "../runtime/vector.h"
#include "../runtime/vector_lanes.h"
#include "../runtime/partial.h"

/// The first `count` logits, `dx` their distances from the centre in half-widths.
TK_INLINE void TK_FUNCTION(add_prior)(size_t count, TK_VECTOR dx, float dy2, float gain, float floor, float *logits) {
  const TK_VECTOR inside = 1 - __builtin_elementwise_sqrt(tk_fma(dx, dx, tk_splat(dy2 + 1e-12f)));
  const TK_VECTOR least = tk_splat(floor), prior = tk_select(inside > least, inside, least);
  if (count == TK_LANES)
    tk_store(logits, tk_fma(tk_splat(gain), prior, tk_load(logits)));
  else
    tk_store_part(logits, tk_fma(tk_splat(gain), prior, tk_load_part(logits, count)), count);
}

void TK_FUNCTION(tk_ellipse_row)(
    size_t width, float centre, float half, float dy2, float gain, float floor, float *logits) {
  // In columns from the centre, so that the subtraction is of numbers with few bits.
  const float step = 1 / (half * (float)width);
  const double middle = (double)centre * (double)width - 0.5;
  const float whole = (float)__builtin_floor(middle), rest = (float)(middle - __builtin_floor(middle));
  const TK_VECTOR lanes = __builtin_convertvector(TK_FUNCTION(lanes)(), TK_VECTOR);
  size_t x = 0;
  for (; x + TK_LANES <= width; x += TK_LANES)
    TK_FUNCTION(add_prior)(TK_LANES, ((lanes + (float)x - whole) - rest) * step, dy2, gain, floor, logits + x);
  if (x < width)
    TK_FUNCTION(add_prior)(width - x, ((lanes + (float)x - whole) - rest) * step, dy2, gain, floor, logits + x);
}

TK_INLINE void TK_FUNCTION(weighted_vector)(
    size_t lanes, size_t count, const float *weights, const float *rows, size_t stride, double *sums) {
  TK_VECTOR sum = {0};
  for (size_t i = 0; i < count; i++)
    sum = tk_fma(tk_splat(weights[i]), tk_load_part(rows + i * stride, lanes), sum);
  float parts[TK_LANES];
  tk_store(parts, sum);
  for (size_t c = 0; c < lanes; c++) sums[c] += parts[c];
}

void TK_FUNCTION(tk_weighted_rows)(
    size_t count, size_t channels, const float *weights, const float *rows, size_t stride, double *sums) {
  for (size_t i = 0; i < count; i += TK_MASK_ROWS) {
    const size_t block = count - i < TK_MASK_ROWS ? count - i : TK_MASK_ROWS;
    const float *first = rows + i * stride;
    size_t c = 0;
    for (; c + TK_LANES <= channels; c += TK_LANES)
      TK_FUNCTION(weighted_vector)(TK_LANES, block, weights + i, first + c, stride, sums + c);
    if (c < channels) TK_FUNCTION(weighted_vector)(channels - c, block, weights + i, first + c, stride, sums + c);
  }
}

// ---------------------------------------------------------------------------------------------------------------- strip

typedef bool TK_FUNCTION(tk_lane_bits) __attribute__((ext_vector_type(TK_LANES)));

/// One bit a lane: whether it is above `threshold`.
TK_INLINE uint64_t TK_FUNCTION(bits_above)(TK_VECTOR v, float threshold) {
  const TK_FUNCTION(tk_lane_bits) bits =
      __builtin_convertvector(v > tk_splat(threshold), TK_FUNCTION(tk_lane_bits));
#if TK_LANES == 16
  uint16_t word;
#else
  uint8_t word;
#endif
  memcpy(&word, &bits, sizeof word);
  return word & ((1u << TK_LANES) - 1);
}

/// Lane i is `cells[index[i]]`, index 0 ... TK_LANES - 1.
TK_INLINE TK_VECTOR TK_FUNCTION(pick)(TK_VECTOR cells, TK_INTEGERS index) {
#if TK_LANES == 16
  return (TK_VECTOR)_mm512_permutexvar_ps((__m512i)index, (__m512)cells);
#elif TK_LANES == 8
  return (TK_VECTOR)_mm256_permutevar8x32_ps((__m256)cells, (__m256i)index);
#else
  TK_VECTOR result;
  for (int i = 0; i < TK_LANES; i++) result[i] = cells[index[i]];
  return result;
#endif
}

/// The columns `x` ... `x + TK_LANES - 1` of a strip, at every row of the map.
TK_INLINE void TK_FUNCTION(stretch)(const tk_strip *s, size_t x) {
  const size_t first = (size_t)s->cells[x], last = (size_t)s->cells[x + TK_LANES - 1] + 2;
  const TK_VECTOR a = tk_load(s->shares + x), b = tk_load(s->shares + TK_STRIP + x);
  const TK_VECTOR c = tk_load(s->shares + 2 * TK_STRIP + x);
  TK_INTEGERS index;
  memcpy(&index, s->cells + x, sizeof index);
  if (last - first < TK_LANES) {
    index -= (int32_t)first;
    const bool whole = first + TK_LANES <= s->width;
    for (size_t r = 0; r < s->rows; r++) {
      const float *row = s->logits + r * s->width + first;
      const TK_VECTOR cells = whole ? tk_load(row) : tk_load_part(row, s->width - first);
      const TK_VECTOR sum =
          tk_fma(b, TK_FUNCTION(pick)(cells, index + 1), a * TK_FUNCTION(pick)(cells, index));
      tk_store(s->scratch + r * TK_STRIP + x, tk_fma(c, TK_FUNCTION(pick)(cells, index + 2), sum));
    }
    return;
  }
  for (size_t r = 0; r < s->rows; r++) {
    const float *row = s->logits + r * s->width;
    TK_VECTOR cells[3];
    for (int i = 0; i < TK_LANES; i++)
      for (int k = 0; k < 3; k++) cells[k][i] = row[s->cells[x + (size_t)i] + k];
    tk_store(s->scratch + r * TK_STRIP + x, tk_fma(c, cells[2], tk_fma(b, cells[1], a * cells[0])));
  }
}

void TK_FUNCTION(tk_strip_words)(const tk_strip *s, uint64_t *words, tk_logit_counts *counts) {
  for (size_t x = 0; x < TK_STRIP; x += TK_LANES) TK_FUNCTION(stretch)(s, x);
  const uint64_t used = s->columns == TK_STRIP ? ~(uint64_t)0 : ((uint64_t)1 << s->columns) - 1;
  size_t above = 0, set = 0, below = 0;
  for (size_t y = 0; y < s->vertical->count; y++) {
    const float *row = s->scratch + (size_t)s->vertical->first[y] * TK_STRIP, *shares = s->vertical->shares + 3 * y;
    const TK_VECTOR a = tk_splat(shares[0]), b = tk_splat(shares[1]), c = tk_splat(shares[2]);
    uint64_t high = 0, middle = 0, low = 0;
    for (size_t x = 0; x < TK_STRIP; x += TK_LANES) {
      const TK_VECTOR sum = tk_fma(b, tk_load(row + TK_STRIP + x), a * tk_load(row + x));
      const TK_VECTOR logit = tk_fma(c, tk_load(row + 2 * TK_STRIP + x), sum);
      high |= TK_FUNCTION(bits_above)(logit, s->offset) << x;
      middle |= TK_FUNCTION(bits_above)(logit, 0) << x;
      low |= TK_FUNCTION(bits_above)(logit, -s->offset) << x;
    }
    words[y] = middle & used;
    above += (size_t)__builtin_popcountll(high & used);
    set += (size_t)__builtin_popcountll(middle & used);
    below += (size_t)__builtin_popcountll(low & used);
  }
  counts->above_one += above;
  counts->above_zero += set;
  counts->above_minus_one += below;
}
