// The way back through a depthwise convolution for one instruction set: channels in lanes. The gradient by the weights
// takes strips of neighbours of a row, one row of the kernel at a time, so that each input is loaded once for all of them.
#include "../runtime/partial.h"
#include "../runtime/vector_lanes.h"

#define TK_UNROLL _Pragma("clang loop unroll(full)")

// -------------------------------------------------------------------------------------------------------------- weights

/// One vector of channels of `positions` neighbours, the first of which reaches from input column `left` on; `input` is
/// column 0 of a row under the kernel. Where `edge` is true only columns 0 ..< width of the map exist. `taps`, `stride`,
/// `positions` and `edge` are constants of the caller. Neighbours take turns with two sums of each tap, so that enough
/// sums are under way to hide the latency of fma.
TK_INLINE void strip(
    const size_t taps, const size_t stride, const size_t positions, const bool edge, ptrdiff_t left, size_t width,
    size_t channels, const float *input, const float *gradient, TK_VECTOR sum[2][5]) {
  TK_VECTOR factor[TK_STRIP];
  TK_UNROLL for (size_t p = 0; p < positions; p++) factor[p] = tk_load(gradient + p * channels);
  TK_UNROLL for (size_t q = 0; q < (positions - 1) * stride + taps; q++) {
    if (edge && (size_t)(left + (ptrdiff_t)q) >= width) continue;
    TK_VECTOR value = tk_load(input + (left + (ptrdiff_t)q) * (ptrdiff_t)channels);
    TK_UNROLL for (size_t p = 0; p < positions; p++)
      if (q >= p * stride && q - p * stride < taps)
        sum[p % 2][q - p * stride] = tk_fma(value, factor[p], sum[p % 2][q - p * stride]);
  }
}

TK_INLINE size_t strips_of(
    const size_t taps, const size_t stride, const size_t positions, const tk_convolution_shape *shape, size_t x,
    const float *input, const float *gradient, TK_VECTOR sum[2][5]) {
  const size_t channels = shape->channels, reach = (positions - 1) * stride + taps;
  for (; x + positions <= shape->output_width; x += positions) {
    ptrdiff_t left = (ptrdiff_t)(x * stride) - (ptrdiff_t)shape->padding_left;
    if (left >= 0 && (size_t)left + reach <= shape->width)
      strip(taps, stride, positions, false, left, shape->width, channels, input, gradient + x * channels, sum);
    else
      strip(taps, stride, positions, true, left, shape->width, channels, input, gradient + x * channels, sum);
  }
  return x;
}

/// The kernel's rows `first ..< end`, the first of which lies over input row `top`.
TK_INLINE void rows_of_kernel(
    const size_t taps, const size_t stride, const tk_convolution_shape *shape, size_t first, size_t end, size_t top,
    const float *input, const float *gradient, float *sums) {
  const size_t channels = shape->channels;
  for (size_t next = 0; next < channels; next += TK_LANES) {
    // The last vector steps back; what it has of the one before is not added again.
    const size_t c = next + TK_LANES <= channels ? next : channels - TK_LANES;
    const TK_INTEGERS is_new = TK_FUNCTION(lanes)() >= (int32_t)(next - c);
    for (size_t i = first; i < end; i++) {
      TK_VECTOR sum[2][5] = {0};
      const float *row = input + (top + i - first) * shape->width * channels + c;
      size_t x = strips_of(taps, stride, TK_STRIP, shape, 0, row, gradient + c, sum);
      x = strips_of(taps, stride, TK_STRIP / 2, shape, x, row, gradient + c, sum);
      strips_of(taps, stride, 1, shape, x, row, gradient + c, sum);
      TK_UNROLL for (size_t j = 0; j < taps; j++) {
        float *place = sums + (i * taps + j) * channels + c;
        tk_store(place, tk_load(place) + tk_select(is_new, sum[0][j] + sum[1][j], (TK_VECTOR){0}));
      }
    }
  }
}

#define TK_ROWS_FUNCTION(taps, stride)                                                                           \
  static __attribute__((noinline)) void rows_##taps##_##stride(                                                  \
      const tk_convolution_shape *shape, size_t first, size_t end, size_t top, const float *input,               \
      const float *gradient, float *sums) {                                                                      \
    rows_of_kernel(taps, stride, shape, first, end, top, input, gradient, sums);                                 \
  }
TK_ROWS_FUNCTION(3, 1)
TK_ROWS_FUNCTION(3, 2)
TK_ROWS_FUNCTION(5, 1)
TK_ROWS_FUNCTION(5, 2)

/// `sums += a * b` for each channel.
TK_INLINE void add_products(size_t channels, const float *a, const float *b, float *sums) {
  size_t c = 0;
  for (; c + TK_LANES <= channels; c += TK_LANES)
    tk_store(sums + c, tk_fma(tk_load(a + c), tk_load(b + c), tk_load(sums + c)));
  if (c == channels) return;
  const size_t rest = channels - c;
  const TK_VECTOR x = tk_load_part(a + c, rest), y = tk_load_part(b + c, rest);
  tk_store_part(sums + c, tk_fma(x, y, tk_load_part(sums + c, rest)), rest);
}

void TK_FUNCTION(tk_depthwise_weights_row)(
    const tk_convolution_shape *shape, const float *input, const float *gradient, size_t y, float *sums) {
  const size_t channels = shape->channels, taps = shape->kernel_width, stride = shape->stride;
  const size_t dilation = shape->dilation, reach = y * stride;
  // The kernel's rows inside the map.
  size_t first = 0, end = shape->kernel_height;
  while (first < end && reach + first * dilation < shape->padding_top) first++;
  while (end > first && reach + (end - 1) * dilation >= shape->height + shape->padding_top) end--;
  if (first == end) return;
  if (dilation == 1 && channels >= TK_LANES && (taps == 3 || taps == 5) && (stride == 1 || stride == 2)) {
    static void (*const rows[2][2])(
        const tk_convolution_shape *, size_t, size_t, size_t, const float *, const float *, float *) = {
        {rows_3_1, rows_3_2}, {rows_5_1, rows_5_2}};
    const size_t top = reach + first - shape->padding_top;
    rows[taps == 5][stride == 2](shape, first, end, top, input, gradient, sums);
    return;
  }
  for (size_t i = first; i < end; i++) {
    const float *row = input + (reach + i * dilation - shape->padding_top) * shape->width * channels;
    for (size_t x = 0; x < shape->output_width; x++)
      for (size_t j = 0; j < taps; j++) {
        const size_t column = x * stride + j * dilation;
        if (column >= shape->padding_left && column - shape->padding_left < shape->width)
          add_products(
              channels, gradient + x * channels, row + (column - shape->padding_left) * channels,
              sums + (i * taps + j) * channels);
      }
  }
}

// ---------------------------------------------------------------------------------------------------------------- input

/// The taps of one side of the kernel that lie over input place `place`: `first`, `first + stride`, ..., `count` of them,
/// of the output places `output`, `output - 1`, ...
TK_INLINE void taps_over(
    size_t place, size_t padding, size_t taps, size_t stride, size_t outputs, size_t *first, size_t *output,
    size_t *count) {
  size_t tap = (place + padding) % stride, at = (place + padding) / stride;
  if (at >= outputs) {
    tap += (at - outputs + 1) * stride;
    at = outputs - 1;
  }
  *first = tap;
  *output = at;
  *count = tap < taps ? (taps - tap + stride - 1) / stride : 0;
  if (*count > at + 1) *count = at + 1;
}

/// `vectors` neighbouring vectors of channels (with `part` one of `rest` lanes) of one input place.
TK_INLINE void channels_of_place(
    const size_t vectors, const bool part, size_t rest, size_t rows, size_t columns, size_t gradient_row,
    size_t weight_row, size_t weight_column, size_t channels, const float *gradient, const float *weights,
    float *output) {
  TK_VECTOR sum[4] = {0};
  for (size_t i = 0; i < rows; i++)
    for (size_t j = 0; j < columns; j++) {
      const float *g = gradient - i * gradient_row - j * channels, *w = weights + i * weight_row + j * weight_column;
      TK_UNROLL for (size_t v = 0; v < vectors; v++)
        sum[v] = part ? tk_fma(tk_load_part(g, rest), tk_load_part(w, rest), sum[v])
                      : tk_fma(tk_load(g + v * TK_LANES), tk_load(w + v * TK_LANES), sum[v]);
    }
  TK_UNROLL for (size_t v = 0; v < vectors; v++)
    if (part)
      tk_store_part(output, sum[v], rest);
    else
      tk_store(output + v * TK_LANES, sum[v]);
}

void TK_FUNCTION(tk_depthwise_input_row)(
    const tk_convolution_shape *shape, const float *gradient, const float *weights, size_t y, float *output) {
  const size_t channels = shape->channels, stride = shape->stride, gradient_row = shape->output_width * channels;
  const size_t weight_row = stride * shape->kernel_width * channels, weight_column = stride * channels;
  size_t i, row, rows;
  taps_over(y, shape->padding_top, shape->kernel_height, stride, shape->output_height, &i, &row, &rows);
  for (size_t x = 0; x < shape->width; x++, output += channels) {
    size_t j, column, columns;
    taps_over(x, shape->padding_left, shape->kernel_width, stride, shape->output_width, &j, &column, &columns);
    const bool is_reached = rows > 0 && columns > 0;
    const float *g = is_reached ? gradient + row * gradient_row + column * channels : gradient;
    const float *w = is_reached ? weights + (i * shape->kernel_width + j) * channels : weights;
    const size_t m = is_reached ? rows : 0;
    size_t c = 0;
#define TK_CHANNELS(vectors, part)                                                                                 \
  channels_of_place(                                                                                               \
      vectors, part, channels - c, m, columns, gradient_row, weight_row, weight_column, channels, g + c, w + c,    \
      output + c)
    for (; c + 4 * TK_LANES <= channels; c += 4 * TK_LANES) TK_CHANNELS(4, false);
    for (; c + TK_LANES <= channels; c += TK_LANES) TK_CHANNELS(1, false);
    if (c < channels) TK_CHANNELS(1, true);
#undef TK_CHANNELS
  }
}
