// Depthwise convolution for one instruction set: channels in lanes, a strip of neighbours of a row at once, so that
// each weight and each input is loaded once for all of them. Taps beyond the edges are left out. The last strip of a
// row and the last vector of channels step back over what is done already instead of ending early: the same sums
// again. Kernels other than 3 and 5 wide, dilation and maps narrower than a vector take one position at a time.
#include "../runtime/activate.h"
#include "../runtime/partial.h"

#define TK_UNROLL _Pragma("clang loop unroll(full)")

/// What all positions of a row share.
typedef struct {
  const float *input;    // the first row of input under the kernel, column 0
  size_t width;          // of the input
  ptrdiff_t padding;     // left of it
  const float *weights;  // of the first row of the kernel inside the map
  size_t rows;           // of the kernel inside the map
  size_t row_stride;     // numbers from one of these rows of input to the next
  size_t channels, kernel_width, dilation;
  const float *bias;
  tk_activation activation;
} depthwise_row;

/// The taps `*first ..< *end` of a kernel side of `taps` whose places `start + tap * dilation` lie in 0 ..< size.
TK_INLINE void clip(ptrdiff_t start, size_t taps, size_t dilation, size_t size, size_t *first, size_t *end) {
  *first = start < 0 ? ((size_t)-start + dilation - 1) / dilation : 0;
  *end = start >= (ptrdiff_t)size ? 0 : (size_t)((ptrdiff_t)size - 1 - start) / dilation + 1;
  if (*end > taps) *end = taps;
  if (*first > *end) *first = *end;
}

/// One vector of channels of `positions` neighbours, the first of which reaches from input column `left` on; `input` is
/// column 0. Where `edge` is true only columns `left + first ..< left + first + count` exist. `width`, `stride`,
/// `positions` and `edge` are constants of the caller.
TK_INLINE void channels_of_strip(
    const depthwise_row *row, const size_t width, const size_t stride, const size_t positions, const bool edge,
    ptrdiff_t left, size_t first, size_t count, const float *input, const float *weights, const float *bias,
    float *output) {
  TK_VECTOR sum[TK_STRIP];
  TK_UNROLL for (size_t p = 0; p < positions; p++) sum[p] = (TK_VECTOR){0};
  const size_t channels = row->channels;
  for (size_t i = 0; i < row->rows; i++, input += row->row_stride, weights += width * channels) {
    TK_VECTOR weight[5];
    TK_UNROLL for (size_t j = 0; j < width; j++) weight[j] = tk_load(weights + j * channels);
    TK_UNROLL for (size_t q = 0; q < (positions - 1) * stride + width; q++) {
      if (edge && q - first >= count) continue;
      TK_VECTOR value = tk_load(input + (left + (ptrdiff_t)q) * (ptrdiff_t)channels);
      TK_UNROLL for (size_t p = 0; p < positions; p++)
        if (q >= p * stride && q - p * stride < width) sum[p] = tk_fma(value, weight[q - p * stride], sum[p]);
    }
  }
  TK_VECTOR b = bias ? tk_load(bias) : (TK_VECTOR){0};
  bool clamps = row->activation == TK_ACTIVATION_RELU || row->activation == TK_ACTIVATION_RELU6;
  TK_VECTOR low = tk_splat(clamps ? 0 : -__builtin_inff());
  TK_VECTOR high = tk_splat(row->activation == TK_ACTIVATION_RELU6 ? 6 : __builtin_inff());
  TK_UNROLL for (size_t p = 0; p < positions; p++)
    tk_store(output + p * channels, TK_FUNCTION(at_most)(TK_FUNCTION(at_least)(sum[p] + b, low), high));
  if (row->activation == TK_ACTIVATION_GELU)
    for (size_t p = 0; p < positions; p++)
      tk_store(output + p * channels, TK_FUNCTION(gelu)(tk_load(output + p * channels)));
}

/// `positions` neighbours from output column `x` on.
TK_INLINE void strip(
    const depthwise_row *row, const size_t width, const size_t stride, const size_t positions, size_t x,
    float *output) {
  const size_t reach = (positions - 1) * stride + width, channels = row->channels;
  ptrdiff_t left = (ptrdiff_t)(x * stride) - row->padding;
  size_t first, end;
  clip(left, reach, 1, row->width, &first, &end);
  output += x * channels;
  for (size_t next = 0; next < channels; next += TK_LANES) {
    size_t c = next + TK_LANES <= channels ? next : channels - TK_LANES;
    const float *input = row->input + c, *weights = row->weights + c, *bias = row->bias ? row->bias + c : NULL;
    if (end - first == reach)
      channels_of_strip(row, width, stride, positions, false, left, 0, 0, input, weights, bias, output + c);
    else
      channels_of_strip(
          row, width, stride, positions, true, left, first, end - first, input, weights, bias, output + c);
  }
}

/// All `count` positions of a row.
TK_INLINE void strips(
    const depthwise_row *row, const size_t width, const size_t stride, size_t count, float *output) {
  size_t x = 0;
  for (; x + TK_STRIP <= count; x += TK_STRIP) strip(row, width, stride, TK_STRIP, x, output);
  if (count - x > TK_STRIP / 2 && count >= TK_STRIP) {
    strip(row, width, stride, TK_STRIP, count - TK_STRIP, output);
  } else if (count >= TK_STRIP / 2) {
    for (; x < count; x += TK_STRIP / 2)
      strip(
          row, width, stride, TK_STRIP / 2, x + TK_STRIP / 2 <= count ? x : count - TK_STRIP / 2, output);
  } else {
    for (; x < count; x++) strip(row, width, stride, 1, x, output);
  }
}

static __attribute__((noinline)) void strips_3_1(const depthwise_row *row, size_t count, float *output) {
  strips(row, 3, 1, count, output);
}
static __attribute__((noinline)) void strips_3_2(const depthwise_row *row, size_t count, float *output) {
  strips(row, 3, 2, count, output);
}
static __attribute__((noinline)) void strips_5_1(const depthwise_row *row, size_t count, float *output) {
  strips(row, 5, 1, count, output);
}
static __attribute__((noinline)) void strips_5_2(const depthwise_row *row, size_t count, float *output) {
  strips(row, 5, 2, count, output);
}

TK_INLINE TK_VECTOR read(const float *p, const bool part, size_t count) {
  return part ? tk_load_part(p, count) : tk_load(p);
}

TK_INLINE void channels_of_position(
    const depthwise_row *row, const bool part, size_t count, const float *input, size_t taps, const float *weights,
    const float *bias, float *output) {
  TK_VECTOR sum = {0};
  for (size_t i = 0; i < row->rows; i++)
    for (size_t j = 0; j < taps; j++)
      sum = tk_fma(
          read(input + i * row->row_stride + j * row->dilation * row->channels, part, count),
          read(weights + (i * row->kernel_width + j) * row->channels, part, count), sum);
  if (bias) sum += read(bias, part, count);
  sum = tk_activate(sum, row->activation);
  if (part)
    tk_store_part(output, sum, count);
  else
    tk_store(output, sum);
}

/// A position of which only taps `first ..< end` of each row of the kernel exist; `column` is the first one's.
static __attribute__((noinline)) void position(
    const depthwise_row *row, size_t first, size_t end, size_t column, float *output) {
  size_t channels = row->channels, c = 0;
  const float *input = row->input + column * channels, *weights = row->weights + first * channels;
  for (; c + TK_LANES <= channels; c += TK_LANES)
    channels_of_position(
        row, false, 0, input + c, end - first, weights + c, row->bias ? row->bias + c : NULL, output + c);
  if (c < channels)
    channels_of_position(
        row, true, channels - c, input + c, end - first, weights + c, row->bias ? row->bias + c : NULL, output + c);
}

void TK_FUNCTION(tk_depthwise_row)(
    const tk_convolution_shape *shape, const float *input, const float *weights, float *output, size_t y,
    const tk_epilogue *epilogue) {
  size_t channels = shape->channels, width = shape->kernel_width, stride = shape->stride, dilation = shape->dilation;
  ptrdiff_t start = (ptrdiff_t)(y * stride) - (ptrdiff_t)shape->padding_top;
  size_t first, end;
  clip(start, shape->kernel_height, dilation, shape->height, &first, &end);
  size_t top = first < end ? (size_t)(start + (ptrdiff_t)(first * dilation)) : 0;
  depthwise_row row = {
      input + top * shape->width * channels,
      shape->width,
      (ptrdiff_t)shape->padding_left,
      weights + first * width * channels,
      end - first,
      dilation * shape->width * channels,
      channels,
      width,
      dilation,
      epilogue->bias,
      epilogue->activation,
  };

  if (dilation == 1 && channels >= TK_LANES && (width == 3 || width == 5) && (stride == 1 || stride == 2)) {
    static void (*const strips_of[2][2])(const depthwise_row *, size_t, float *) = {
        {strips_3_1, strips_3_2}, {strips_5_1, strips_5_2}};
    strips_of[width == 5][stride == 2](&row, shape->output_width, output);
    return;
  }
  for (size_t x = 0; x < shape->output_width; x++) {
    ptrdiff_t left = (ptrdiff_t)(x * stride) - row.padding;
    clip(left, width, dilation, shape->width, &first, &end);
    size_t column = first < end ? (size_t)(left + (ptrdiff_t)(first * dilation)) : 0;
    position(&row, first, end, column, output + x * channels);
  }
}
