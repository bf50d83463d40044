// Deformable attention: the samples of a head are located with vectors over samples, then read with vectors over channels.
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

/// Four tokens and their weights for each sample.
typedef struct {
  int32_t token[4][TK_SAMPLES];
  float weight[4][TK_SAMPLES];
} TK_FUNCTION(sample_corners);

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

/// `factor` times the sum of the samples from `first` on, for `vectors` (1 or 2) vectors of channels, the last one of `part`
/// lanes; added to what `output` holds where `accumulate` is true. One sum a corner keeps four chains of additions going.
TK_INLINE void TK_FUNCTION(gather)(
    size_t vectors, size_t part, size_t first, size_t count, size_t stride, const float *value,
    const TK_FUNCTION(sample_corners) * corners, float factor, bool accumulate, float *output) {
  TK_VECTOR sum[4][2] = {0};
  for (size_t s = first; s < first + count; s++)
    for (int corner = 0; corner < 4; corner++) {
      const float *cell = value + (size_t)corners->token[corner][s] * stride;
      const TK_VECTOR weight = tk_splat(corners->weight[corner][s]);
      for (size_t v = 0; v < vectors; v++)
        sum[corner][v] =
            tk_fma(weight, tk_load_part(cell + v * TK_LANES, v + 1 < vectors ? TK_LANES : part), sum[corner][v]);
    }
  for (size_t v = 0; v < vectors; v++) {
    const size_t lanes = v + 1 < vectors ? TK_LANES : part;
    TK_VECTOR all = ((sum[0][v] + sum[1][v]) + (sum[2][v] + sum[3][v])) * factor;
    if (accumulate) all += tk_load_part(output + v * TK_LANES, lanes);
    tk_store_part(output + v * TK_LANES, all, lanes);
  }
}

/// All channels of a head; the size of the default model has a loop of its own.
TK_INLINE void TK_FUNCTION(gather_head)(
    size_t head_size, size_t first, size_t count, size_t stride, const float *value,
    const TK_FUNCTION(sample_corners) * corners, float factor, bool accumulate, float *output) {
  size_t c = 0;
#if TK_LANES == 16
  if (head_size == 12) {
    TK_FUNCTION(gather)(1, 12, first, count, stride, value, corners, factor, accumulate, output);
    return;
  }
#elif TK_LANES == 8
  if (head_size == 12) {
    TK_FUNCTION(gather)(2, 4, first, count, stride, value, corners, factor, accumulate, output);
    return;
  }
#endif
  for (; c + 2 * TK_LANES <= head_size; c += 2 * TK_LANES)
    TK_FUNCTION(gather)(2, TK_LANES, first, count, stride, value + c, corners, factor, accumulate, output + c);
  for (; c + TK_LANES <= head_size; c += TK_LANES)
    TK_FUNCTION(gather)(1, TK_LANES, first, count, stride, value + c, corners, factor, accumulate, output + c);
#if TK_LANES == 8
  if (c + 4 <= head_size) {
    TK_FUNCTION(gather)(1, 4, first, count, stride, value + c, corners, factor, accumulate, output + c);
    c += 4;
  }
#endif
  if (c < head_size)
    TK_FUNCTION(gather)(1, head_size - c, first, count, stride, value + c, corners, factor, accumulate, output + c);
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

/// `heads` neighbouring heads with at most TK_SAMPLES samples in all. Taken together, they keep the processor busy while one
/// result waits for another.
TK_INLINE void TK_FUNCTION(few_samples)(
    const tk_deformable *w, const TK_FUNCTION(sample_levels) * levels, size_t heads, const float *logits,
    const float *offset, const float *reference, const float *value, float *output) {
  const size_t samples = w->levels * w->points, stride = w->heads * w->head_size;
  TK_FUNCTION(sample_corners) corners;
  float scores[TK_SAMPLES + TK_LANES], totals[TK_SAMPLES];
  for (size_t h = 0; h < heads; h++) {
    const float *own = logits + h * samples;
    const float greatest = TK_FUNCTION(greatest_logit)(samples, own);
    totals[h] = TK_FUNCTION(exponentials)(samples, own, greatest, scores + h * samples);
  }
  for (size_t i = 0; i < TK_LANES; i++) scores[heads * samples + i] = 0;
  TK_FUNCTION(locate)(w, levels, heads * samples, offset, scores, reference, &corners);
  for (size_t h = 0; h < heads; h++)
    TK_FUNCTION(gather_head)(
        w->head_size, h * samples, samples, stride, value + h * w->head_size, &corners, 1 / totals[h], false,
        output + h * w->head_size);
}

/// One head with more samples than TK_SAMPLES: once for the sum of their exponentials, once for the rest.
TK_INLINE void TK_FUNCTION(many_samples)(
    const tk_deformable *w, const float *logits, const float *offset, const float *reference, const float *value,
    float *output) {
  const size_t samples = w->levels * w->points, stride = w->heads * w->head_size;
  TK_FUNCTION(sample_levels) levels;
  TK_FUNCTION(sample_corners) corners;
  float scores[TK_SAMPLES + TK_LANES], total = 0;
  const float greatest = TK_FUNCTION(greatest_logit)(samples, logits);
  for (size_t s = 0; s < samples; s += TK_SAMPLES)
    total += TK_FUNCTION(exponentials)(
        samples - s < TK_SAMPLES ? samples - s : TK_SAMPLES, logits + s, greatest, scores);
  for (size_t s = 0; s < samples; s += TK_SAMPLES) {
    const size_t count = samples - s < TK_SAMPLES ? samples - s : TK_SAMPLES;
    TK_FUNCTION(set_levels)(w, s, count, &levels);
    TK_FUNCTION(exponentials)(count, logits + s, greatest, scores);
    for (size_t i = 0; i < TK_LANES; i++) scores[count + i] = 0;
    TK_FUNCTION(locate)(w, &levels, count, offset + 2 * s, scores, reference, &corners);
    TK_FUNCTION(gather_head)(w->head_size, 0, count, stride, value, &corners, 1 / total, s > 0, output);
  }
}

void TK_FUNCTION(tk_deformable_queries)(const tk_deformable *w, size_t first, size_t count) {
  const size_t samples = w->levels * w->points, stride = w->heads * w->head_size;
  const size_t together = samples > TK_SAMPLES ? 1 : TK_SAMPLES / samples;
  TK_FUNCTION(sample_levels) levels;
  if (samples <= TK_SAMPLES) TK_FUNCTION(set_levels)(w, 0, together * samples, &levels);
  for (size_t query = first; query < first + count; query++)
    for (size_t h = 0; h < w->heads; h += together) {
      const float *reference = w->reference + query * w->reference_size;
      const float *offset = w->offsets + query * w->offsets_stride + h * samples * 2;
      const float *logits = w->logits + query * w->logits_stride + h * samples;
      const float *value = w->value + h * w->head_size;
      float *output = w->output + query * stride + h * w->head_size;
      const size_t heads = w->heads - h < together ? w->heads - h : together;
      if (samples <= TK_SAMPLES)
        TK_FUNCTION(few_samples)(w, &levels, heads, logits, offset, reference, value, output);
      else
        TK_FUNCTION(many_samples)(w, logits, offset, reference, value, output);
    }
}
