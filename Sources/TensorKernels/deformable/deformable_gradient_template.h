// The gradient of deformable attention: samples are located with vectors over samples, their corners read and written with
// vectors over channels.
#include "deformable_samples_template.h"

/// Up to TK_SAMPLES samples of a head.
typedef struct {
  int32_t token[4][TK_SAMPLES];
  float share[4][TK_SAMPLES];           // of the corners
  float column_weight[2][TK_SAMPLES];   // of the left and the right cell
  float row_weight[2][TK_SAMPLES];
  float column_inside[2][TK_SAMPLES];   // 1 inside the map, 0 outside
  float row_inside[2][TK_SAMPLES];
  float product[4][TK_SAMPLES];         // of the gradient with the corners' values
  float score[TK_SAMPLES + TK_LANES];   // exp(logit - greatest)
} TK_FUNCTION(gradient_samples);

TK_INLINE void TK_FUNCTION(locate_samples)(
    const tk_deformable *w, const TK_FUNCTION(sample_levels) * levels, size_t count, const float *offset,
    const float *reference, TK_FUNCTION(gradient_samples) * samples) {
  const TK_OFFSET_UNITS units = TK_FUNCTION(units_of)(w, reference);
  const TK_VECTOR zero = {0}, one = tk_splat(1);
  for (size_t s = 0; s < count; s += TK_LANES) {
    TK_CELL_PAIR columns, rows;
    TK_INTEGERS token[4];
    TK_FUNCTION(find_cells)(levels, units, s, count, offset, reference, &columns, &rows);
    TK_FUNCTION(tokens_of)(levels, s, &columns, &rows, token);
    for (int i = 0; i < 2; i++) {
      tk_store(samples->column_weight[i] + s, columns.weight[i]);
      tk_store(samples->row_weight[i] + s, rows.weight[i]);
      tk_store(samples->column_inside[i] + s, tk_select(columns.inside[i], one, zero));
      tk_store(samples->row_inside[i] + s, tk_select(rows.inside[i], one, zero));
    }
    for (int corner = 0; corner < 4; corner++) {
      memcpy(samples->token[corner] + s, token + corner, sizeof token[corner]);
      tk_store(samples->share[corner] + s, rows.weight[corner / 2] * columns.weight[corner % 2]);
    }
  }
}

/// Products of the gradient with the values of a sample's corners.
TK_INLINE void TK_FUNCTION(multiply_corners)(
    size_t head_size, size_t stride, const float *value, const float *gradient, size_t s,
    TK_FUNCTION(gradient_samples) * samples) {
  TK_VECTOR sum[4] = {0};
  const size_t tail = head_size % TK_LANES, whole = head_size - tail;
  for (int corner = 0; corner < 4; corner++) {
    const float *cell = value + (size_t)samples->token[corner][s] * stride;
    for (size_t c = 0; c < whole; c += TK_LANES)
      sum[corner] = tk_fma(tk_load(gradient + c), tk_load(cell + c), sum[corner]);
    if (tail)
      sum[corner] = tk_fma(tk_load_part(gradient + whole, tail), tk_load_part(cell + whole, tail), sum[corner]);
  }
  const TK_LANES_4 all = TK_FUNCTION(sum_of_each)(sum[0], sum[1], sum[2], sum[3]);
  for (int corner = 0; corner < 4; corner++) samples->product[corner][s] = all[corner];
}

/// Adds the gradient's shares to the corners' values.
TK_INLINE void TK_FUNCTION(add_to_corners)(
    size_t head_size, size_t stride, const float *gradient, size_t s, float factor,
    const TK_FUNCTION(gradient_samples) * samples, float *value_gradient) {
  const size_t tail = head_size % TK_LANES, whole = head_size - tail;
  for (int corner = 0; corner < 4; corner++) {
    const float weight = samples->share[corner][s] * factor;
    if (weight == 0) continue;
    float *cell = value_gradient + (size_t)samples->token[corner][s] * stride;
    for (size_t c = 0; c < whole; c += TK_LANES)
      tk_store(cell + c, tk_fma(tk_splat(weight), tk_load(gradient + c), tk_load(cell + c)));
    if (tail)
      tk_store_part(
          cell + whole,
          tk_fma(tk_splat(weight), tk_load_part(gradient + whole, tail), tk_load_part(cell + whole, tail)), tail);
  }
}

/// Gradients by the offsets of `count` samples, and weight * value of them in place of the gradient by the logits; the
/// sum of the latter. `factor` is the inverse of the sum of all scores.
TK_INLINE float TK_FUNCTION(store_slopes)(
    TK_OFFSET_UNITS units, const TK_FUNCTION(sample_levels) * levels, size_t count, float factor,
    const TK_FUNCTION(gradient_samples) * samples, float *offsets_gradient, float *logits_gradient) {
  TK_VECTOR sum = {0};
  for (size_t s = 0; s < count; s += TK_LANES) {
    const size_t lanes = count - s < TK_LANES ? count - s : TK_LANES;
    const TK_VECTOR left = tk_load(samples->column_weight[0] + s), right = tk_load(samples->column_weight[1] + s);
    const TK_VECTOR top = tk_load(samples->row_weight[0] + s), bottom = tk_load(samples->row_weight[1] + s);
    TK_VECTOR product[4];
    for (int corner = 0; corner < 4; corner++) product[corner] = tk_load(samples->product[corner] + s);
    const TK_VECTOR upper = left * product[0] + right * product[1], lower = left * product[2] + right * product[3];
    const TK_VECTOR weight = tk_load(samples->score + s) * factor;
    TK_VECTOR value = weight * (top * upper + bottom * lower);
    const TK_VECTOR right_in = tk_load(samples->column_inside[1] + s), left_in = tk_load(samples->column_inside[0] + s);
    TK_VECTOR along_x = weight * (top * (right_in * product[1] - left_in * product[0]) +
                                  bottom * (right_in * product[3] - left_in * product[2]));
    TK_VECTOR along_y = weight * (tk_load(samples->row_inside[1] + s) * lower -
                                  tk_load(samples->row_inside[0] + s) * upper);
    if (units.boxes) {
      along_x *= units.half_width * tk_load(levels->width + s);
      along_y *= units.half_height * tk_load(levels->height + s);
    }
    value = tk_select(TK_FUNCTION(lanes)() < (int32_t)lanes, value, (TK_VECTOR){0});
    sum += value;
    tk_store_part(logits_gradient + s, value, lanes);
    float x[TK_LANES], y[TK_LANES];
    tk_store(x, along_x);
    tk_store(y, along_y);
    for (size_t i = 0; i < lanes; i++) {
      offsets_gradient[2 * (s + i)] = x[i];
      offsets_gradient[2 * (s + i) + 1] = y[i];
    }
  }
  return tk_sum(sum);
}

/// Takes weight * mean from the gradients by `count` logits.
TK_INLINE void TK_FUNCTION(subtract_mean)(
    size_t count, const float *logits, float greatest, float factor, float mean, float *logits_gradient) {
  for (size_t s = 0; s < count; s += TK_LANES) {
    const size_t lanes = count - s < TK_LANES ? count - s : TK_LANES;
    const TK_VECTOR weight = tk_exp(tk_load_part(logits + s, lanes) - greatest) * factor;
    tk_store_part(logits_gradient + s, tk_load_part(logits_gradient + s, lanes) - weight * mean, lanes);
  }
}

void TK_FUNCTION(tk_deformable_gradient_head)(const tk_deformable_gradient *work, size_t head) {
  const tk_deformable *w = &work->forward;
  const size_t samples = w->levels * w->points, stride = w->heads * w->head_size, channel = head * w->head_size;
  TK_FUNCTION(sample_levels) levels;
  TK_FUNCTION(gradient_samples) block = {0};
  if (samples <= TK_SAMPLES) TK_FUNCTION(set_levels)(w, 0, samples, &levels);
  for (size_t query = 0; query < work->queries; query++) {
    const float *reference = w->reference + query * w->reference_size;
    const float *offset = w->offsets + query * w->offsets_stride + head * samples * 2;
    const float *logits = w->logits + query * w->logits_stride + head * samples;
    const float *gradient = work->gradient + query * stride + channel;
    const size_t index = (query * w->heads + head) * samples;
    const float greatest = TK_FUNCTION(greatest_logit)(samples, logits);
    float total = 0, mean = 0;
    for (size_t first = 0; first < samples; first += TK_SAMPLES)
      total += TK_FUNCTION(exponentials)(
          samples - first < TK_SAMPLES ? samples - first : TK_SAMPLES, logits + first, greatest, block.score);
    const float factor = 1 / total;
    for (size_t first = 0; first < samples; first += TK_SAMPLES) {
      const size_t count = samples - first < TK_SAMPLES ? samples - first : TK_SAMPLES;
      if (samples > TK_SAMPLES) {
        TK_FUNCTION(set_levels)(w, first, count, &levels);
        TK_FUNCTION(exponentials)(count, logits + first, greatest, block.score);
      }
      TK_FUNCTION(locate_samples)(w, &levels, count, offset + 2 * first, reference, &block);
      if (work->value_gradient)
        for (size_t s = 0; s < count; s++)
          TK_FUNCTION(add_to_corners)(
              w->head_size, stride, gradient, s, block.score[s] * factor, &block, work->value_gradient + channel);
      if (!work->offsets_gradient) continue;
      for (size_t s = 0; s < count; s++)
        TK_FUNCTION(multiply_corners)(w->head_size, stride, w->value + channel, gradient, s, &block);
      mean += TK_FUNCTION(store_slopes)(
          TK_FUNCTION(units_of)(w, reference), &levels, count, factor, &block,
          work->offsets_gradient + 2 * (index + first), work->logits_gradient + index + first);
    }
    if (work->offsets_gradient)
      TK_FUNCTION(subtract_mean)(samples, logits, greatest, factor, mean, work->logits_gradient + index);
  }
}
