// Deformable attention: the samples of a head are located with vectors over samples, then read with vectors over channels.
#include "deformable_samples_template.h"

/// Four tokens and their weights for each sample.
typedef struct {
  int32_t token[4][TK_SAMPLES];
  float weight[4][TK_SAMPLES];
} TK_FUNCTION(sample_corners);

/// Locates `count` samples; `offset` are their (x, y) and `scores` exp(logit - greatest) of them.
TK_INLINE void TK_FUNCTION(locate)(
    const tk_deformable *w, const TK_FUNCTION(sample_levels) * levels, size_t count, const float *offset,
    const float *scores, const float *reference, TK_FUNCTION(sample_corners) * corners) {
  const TK_OFFSET_UNITS units = TK_FUNCTION(units_of)(w, reference);
  for (size_t s = 0; s < count; s += TK_LANES) {
    TK_CELL_PAIR columns, rows;
    TK_INTEGERS token[4];
    TK_FUNCTION(find_cells)(levels, units, s, count, offset, reference, &columns, &rows);
    TK_FUNCTION(tokens_of)(levels, s, &columns, &rows, token);
    const TK_VECTOR score = tk_load(scores + s);
    rows.weight[0] *= score;
    rows.weight[1] *= score;
    for (int corner = 0; corner < 4; corner++) {
      memcpy(corners->token[corner] + s, token + corner, sizeof token[corner]);
      tk_store(corners->weight[corner] + s, rows.weight[corner / 2] * columns.weight[corner % 2]);
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
