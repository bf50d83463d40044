// Deformable attention: the samples of a head are located with vectors over samples, then read with vectors over channels.
#include "../runtime/vector.h"
#include "../runtime/vector_lanes.h"
#include "../runtime/partial.h"
#include "../runtime/vector_exp.h"

#undef TK_SAMPLES
#define TK_SAMPLES 64

/// What does not depend on the query, of up to TK_SAMPLES neighbouring samples of a head; and their size in vectors.
typedef struct {
  float width[TK_SAMPLES], height[TK_SAMPLES];
  int32_t row[TK_SAMPLES];   // cells of a row of the sample's level
  int32_t base[TK_SAMPLES];  // the level's first token
} TK_FUNCTION(sample_levels);

/// Four tokens and their weights for each sample.
typedef struct {
  int32_t token[4][TK_SAMPLES];
  float weight[4][TK_SAMPLES];
} TK_FUNCTION(sample_corners);

TK_INLINE void TK_FUNCTION(set_levels)(
    const tk_deformable *w, size_t first, size_t count, TK_FUNCTION(sample_levels) * levels) {
  size_t level = 0, begin = 0;
  for (size_t s = 0; s < TK_SAMPLES; s++) {
    const bool used = s < count;
    while (used && (first + s) / w->points > level) {
      begin += w->shapes[level].height * w->shapes[level].width;
      level++;
    }
    // An empty level and the lanes beyond the last sample have no cell, hence weight 0, at token 0.
    const size_t height = used ? w->shapes[level].height : 0, width = used ? w->shapes[level].width : 0;
    const bool empty = height == 0 || width == 0;
    levels->width[s] = empty ? 0 : (float)width;
    levels->height[s] = empty ? 0 : (float)height;
    levels->row[s] = empty ? 0 : (int32_t)width;
    levels->base[s] = empty ? 0 : (int32_t)begin;
  }
}

/// Splits a coordinate into its two cells (clamped to the map) and their weights (0 outside the map, or where it is NaN).
TK_INLINE void TK_FUNCTION(split)(
    TK_VECTOR at, TK_VECTOR size, TK_INTEGERS *first, TK_INTEGERS *second, TK_VECTOR *first_weight,
    TK_VECTOR *second_weight) {
  const TK_VECTOR zero = {0}, one = tk_splat(1), last = size - 1, outside = tk_splat(-2);
  const TK_INTEGERS near = (at > -one) & (at < size);
  at = tk_select(near, at, outside);
  const TK_VECTOR low = __builtin_elementwise_floor(at), high = low + one, fraction = at - low;
  *first_weight = tk_select(near & (low >= zero), one - fraction, zero);
  *second_weight = tk_select(near & (high <= last), fraction, zero);
  const TK_VECTOR a = tk_select(low > zero, low, zero), b = tk_select(high < last, high, last);
  *first = __builtin_convertvector(a, TK_INTEGERS);
  *second = __builtin_convertvector(tk_select(b > zero, b, zero), TK_INTEGERS);
}

/// Locates `count` samples; `offset` are their (x, y) and `scores` exp(logit - greatest) of them.
TK_INLINE void TK_FUNCTION(locate)(
    const tk_deformable *w, const TK_FUNCTION(sample_levels) * levels, size_t count, const float *offset,
    const float *scores, const float *reference, TK_FUNCTION(sample_corners) * corners) {
  const bool boxes = w->reference_size == 4;
  const float half_width = boxes ? reference[2] * 0.5f / (float)w->points : 0;
  const float half_height = boxes ? reference[3] * 0.5f / (float)w->points : 0;
  for (size_t s = 0; s < count; s += TK_LANES) {
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
    x = boxes ? tk_fma(dx, half_width * width, x) : x + dx;
    y = boxes ? tk_fma(dy, half_height * height, y) : y + dy;
    TK_INTEGERS left, right, top, bottom, base, row;
    TK_VECTOR left_weight, right_weight, top_weight, bottom_weight;
    TK_FUNCTION(split)(x, width, &left, &right, &left_weight, &right_weight);
    TK_FUNCTION(split)(y, height, &top, &bottom, &top_weight, &bottom_weight);
    memcpy(&base, levels->base + s, sizeof base);
    memcpy(&row, levels->row + s, sizeof row);
    const TK_INTEGERS upper = base + top * row, lower = base + bottom * row;
    const TK_INTEGERS token[4] = {upper + left, upper + right, lower + left, lower + right};
    const TK_VECTOR score = tk_load(scores + s);
    top_weight *= score;
    bottom_weight *= score;
    const TK_VECTOR weight[4] = {
        top_weight * left_weight, top_weight * right_weight, bottom_weight * left_weight,
        bottom_weight * right_weight};
    for (int corner = 0; corner < 4; corner++) {
      memcpy(corners->token[corner] + s, token + corner, sizeof token[corner]);
      tk_store(corners->weight[corner] + s, weight[corner]);
    }
  }
}

/// Adds the samples to `vectors` (1 or 2) vectors of channels, the last one of `part` lanes. One sum a corner keeps four
/// chains of additions going.
TK_INLINE void TK_FUNCTION(gather)(
    size_t vectors, size_t part, size_t count, size_t stride, const float *value,
    const TK_FUNCTION(sample_corners) * corners, float *output) {
  TK_VECTOR sum[4][2] = {0};
  for (size_t s = 0; s < count; s++)
    for (int corner = 0; corner < 4; corner++) {
      const float *cell = value + (size_t)corners->token[corner][s] * stride;
      const TK_VECTOR weight = tk_splat(corners->weight[corner][s]);
      for (size_t v = 0; v < vectors; v++)
        sum[corner][v] =
            tk_fma(weight, tk_load_part(cell + v * TK_LANES, v + 1 < vectors ? TK_LANES : part), sum[corner][v]);
    }
  for (size_t v = 0; v < vectors; v++) {
    const size_t lanes = v + 1 < vectors ? TK_LANES : part;
    const TK_VECTOR before = tk_load_part(output + v * TK_LANES, lanes);
    const TK_VECTOR all = (sum[0][v] + sum[1][v]) + (sum[2][v] + sum[3][v]);
    tk_store_part(output + v * TK_LANES, before + all, lanes);
  }
}

/// Adds the samples to all channels of a head; the usual sizes have loops of their own.
TK_INLINE void TK_FUNCTION(gather_head)(
    size_t head_size, size_t count, size_t stride, const float *value, const TK_FUNCTION(sample_corners) * corners,
    float *output) {
  if (head_size == 12) {
    TK_FUNCTION(gather)((11 + TK_LANES) / TK_LANES > 2 ? 2 : (11 + TK_LANES) / TK_LANES,
                        TK_LANES == 16 ? 12 : 4, count, stride, value, corners, output);
#if TK_LANES == 4
    TK_FUNCTION(gather)(1, 4, count, stride, value + 8, corners, output + 8);
#endif
    return;
  }
  size_t c = 0;
  for (; c + 2 * TK_LANES <= head_size; c += 2 * TK_LANES)
    TK_FUNCTION(gather)(2, TK_LANES, count, stride, value + c, corners, output + c);
  for (; c + TK_LANES <= head_size; c += TK_LANES)
    TK_FUNCTION(gather)(1, TK_LANES, count, stride, value + c, corners, output + c);
  if (c < head_size) TK_FUNCTION(gather)(1, head_size - c, count, stride, value + c, corners, output + c);
}

/// exp(logit - greatest) of `count` logits into `scores`, zeros up to a whole vector; their sum.
TK_INLINE float TK_FUNCTION(exponentials)(size_t count, const float *logits, float greatest, float *scores) {
  TK_VECTOR sum = {0};
  for (size_t s = 0; s < count; s += TK_LANES) {
    const size_t lanes = count - s < TK_LANES ? count - s : TK_LANES;
    TK_VECTOR e = tk_exp(tk_load_part(logits + s, lanes) - greatest);
    if (lanes < TK_LANES) e = tk_select(TK_FUNCTION(lanes)() < (int32_t)lanes, e, (TK_VECTOR){0});
    tk_store(scores + s, e);
    sum += e;
  }
  return tk_sum(sum);
}

void TK_FUNCTION(tk_deformable_queries)(const tk_deformable *w, size_t first, size_t count) {
  const size_t samples = w->levels * w->points, stride = w->heads * w->head_size;
  TK_FUNCTION(sample_levels) levels;
  TK_FUNCTION(sample_corners) corners;
  float scores[TK_SAMPLES];
  TK_FUNCTION(set_levels)(w, 0, samples < TK_SAMPLES ? samples : TK_SAMPLES, &levels);
  for (size_t query = first; query < first + count; query++) {
    const float *reference = w->reference + query * w->reference_size;
    for (size_t h = 0; h < w->heads; h++) {
      const float *offset = w->offsets + query * w->offsets_stride + h * samples * 2;
      const float *logits = w->logits + query * w->logits_stride + h * samples;
      float *out = w->output + query * stride + h * w->head_size;
      float greatest = logits[0], sum = 0;
      for (size_t s = 1; s < samples; s++) greatest = logits[s] > greatest ? logits[s] : greatest;
      for (size_t c = 0; c < w->head_size; c++) out[c] = 0;
      for (size_t begin = 0; begin < samples; begin += TK_SAMPLES) {
        const size_t part = samples - begin < TK_SAMPLES ? samples - begin : TK_SAMPLES;
        if (samples > TK_SAMPLES) TK_FUNCTION(set_levels)(w, begin, part, &levels);
        sum += TK_FUNCTION(exponentials)(part, logits + begin, greatest, scores);
        TK_FUNCTION(locate)(w, &levels, part, offset + 2 * begin, scores, reference, &corners);
        TK_FUNCTION(gather_head)(w->head_size, part, stride, w->value + h * w->head_size, &corners, out);
      }
      const float factor = 1 / sum;
      for (size_t c = 0; c < w->head_size; c++) out[c] *= factor;
    }
  }
}
