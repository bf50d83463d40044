// Depthwise convolution for one instruction set: channels in lanes, several neighbours of a row at once, so that each
// weight and each input is loaded once for all of them. Near the left and right edges, and for kernels other than 3 and 5
// wide, one position at a time. Rows of the kernel beyond the upper and lower edges are left out.
#include "../runtime/activate.h"
#include "../runtime/partial.h"

#define TK_UNROLL _Pragma("clang loop unroll(full)")

/// What all positions of a row share.
typedef struct {
  const float *input;    // the first row of input under the kernel, column 0
  const float *weights;  // of the first row of the kernel inside the map
  size_t rows;           // of the kernel inside the map
  size_t row_stride;     // numbers from one of these rows of input to the next
  size_t channels, kernel_width, stride, dilation;
  const float *bias;
  tk_activation activation;
} depthwise_row;

TK_INLINE TK_VECTOR read(const float *p, const bool part, size_t count) {
  return part ? tk_load_part(p, count) : tk_load(p);
}
TK_INLINE void write(float *p, TK_VECTOR v, const bool part, size_t count) {
  if (part)
    tk_store_part(p, v, count);
  else
    tk_store(p, v);
}

/// One vector of channels (of which `count` exist where `part` is true) of `positions` neighbours, from channel `c` on;
/// `input` begins at the first one's first column. `width`, `stride`, `positions` and `part` are constants of the caller.
TK_INLINE void channels_of_strip(
    const depthwise_row *row, const size_t width, const size_t stride, const size_t positions, const bool part,
    size_t count, const float *input, const float *weights, const float *bias, float *output) {
  TK_VECTOR sum[TK_STRIP];
  TK_UNROLL for (size_t p = 0; p < positions; p++) sum[p] = (TK_VECTOR){0};
  const size_t channels = row->channels;
  for (size_t i = 0; i < row->rows; i++, input += row->row_stride, weights += width * channels) {
    TK_VECTOR weight[5];
    TK_UNROLL for (size_t j = 0; j < width; j++) weight[j] = read(weights + j * channels, part, count);
    TK_UNROLL for (size_t q = 0; q < (positions - 1) * stride + width; q++) {
      TK_VECTOR value = read(input + q * channels, part, count);
      TK_UNROLL for (size_t p = 0; p < positions; p++)
        if (q >= p * stride && q - p * stride < width) sum[p] = tk_fma(value, weight[q - p * stride], sum[p]);
    }
  }
  TK_VECTOR b = bias ? read(bias, part, count) : (TK_VECTOR){0};
  bool clamps = row->activation == TK_ACTIVATION_RELU || row->activation == TK_ACTIVATION_RELU6;
  TK_VECTOR low = tk_splat(clamps ? 0 : -__builtin_inff());
  TK_VECTOR high = tk_splat(row->activation == TK_ACTIVATION_RELU6 ? 6 : __builtin_inff());
  TK_UNROLL for (size_t p = 0; p < positions; p++) {
    TK_VECTOR v = TK_FUNCTION(at_most)(TK_FUNCTION(at_least)(sum[p] + b, low), high);
    write(output + p * channels, v, part, count);
  }
  if (row->activation == TK_ACTIVATION_GELU)
    for (size_t p = 0; p < positions; p++)
      write(output + p * channels, TK_FUNCTION(gelu)(read(output + p * channels, part, count)), part, count);
}

TK_INLINE void strip(
    const depthwise_row *row, const size_t width, const size_t stride, const size_t positions, size_t column,
    float *output) {
  size_t channels = row->channels, c = 0;
  const float *input = row->input + column * channels;
  for (; c + TK_LANES <= channels; c += TK_LANES)
    channels_of_strip(
        row, width, stride, positions, false, 0, input + c, row->weights + c, row->bias ? row->bias + c : NULL,
        output + c);
  if (c < channels)
    channels_of_strip(
        row, width, stride, positions, true, channels - c, input + c, row->weights + c,
        row->bias ? row->bias + c : NULL, output + c);
}

/// Positions `first ..< end` of a row, all of whose inputs exist; `column` is the first input column of `first`.
TK_INLINE void strips(
    const depthwise_row *row, const size_t width, const size_t stride, size_t first, size_t end, size_t column,
    float *output) {
  output += first * row->channels;
  for (; end - first >= TK_STRIP; first += TK_STRIP, column += TK_STRIP * stride, output += TK_STRIP * row->channels)
    strip(row, width, stride, TK_STRIP, column, output);
  for (; end - first >= 3; first += 3, column += 3 * stride, output += 3 * row->channels)
    strip(row, width, stride, 3, column, output);
  for (; first < end; first++, column += stride, output += row->channels)
    strip(row, width, stride, 1, column, output);
}

static __attribute__((noinline)) void strips_3_1(
    const depthwise_row *row, size_t first, size_t end, size_t column, float *output) {
  strips(row, 3, 1, first, end, column, output);
}
static __attribute__((noinline)) void strips_3_2(
    const depthwise_row *row, size_t first, size_t end, size_t column, float *output) {
  strips(row, 3, 2, first, end, column, output);
}
static __attribute__((noinline)) void strips_5_1(
    const depthwise_row *row, size_t first, size_t end, size_t column, float *output) {
  strips(row, 5, 1, first, end, column, output);
}
static __attribute__((noinline)) void strips_5_2(
    const depthwise_row *row, size_t first, size_t end, size_t column, float *output) {
  strips(row, 5, 2, first, end, column, output);
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
  write(output, tk_activate(sum, row->activation), part, count);
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

/// The taps `*first ..< *end` of a kernel side of `taps` whose places `start + tap * dilation` lie in 0 ..< size.
TK_INLINE void clip(ptrdiff_t start, size_t taps, size_t dilation, size_t size, size_t *first, size_t *end) {
  *first = start < 0 ? ((size_t)-start + dilation - 1) / dilation : 0;
  *end = start >= (ptrdiff_t)size ? 0 : (size_t)((ptrdiff_t)size - 1 - start) / dilation + 1;
  if (*end > taps) *end = taps;
  if (*first > *end) *first = *end;
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
      weights + first * width * channels,
      end - first,
      dilation * shape->width * channels,
      channels,
      width,
      stride,
      dilation,
      epilogue->bias,
      epilogue->activation,
  };

  void (*inner)(const depthwise_row *, size_t, size_t, size_t, float *) = NULL;
  if (dilation == 1 && width == 3) inner = stride == 1 ? strips_3_1 : stride == 2 ? strips_3_2 : NULL;
  if (dilation == 1 && width == 5) inner = stride == 1 ? strips_5_1 : stride == 2 ? strips_5_2 : NULL;

  for (size_t x = 0; x < shape->output_width; x++) {
    ptrdiff_t left = (ptrdiff_t)(x * stride) - (ptrdiff_t)shape->padding_left;
    clip(left, width, dilation, shape->width, &first, &end);
    if (inner && end - first == width) {
      // All positions from here to the last one whose right-most tap exists.
      size_t count = (shape->width - width - (size_t)left) / stride + 1;
      if (count > shape->output_width - x) count = shape->output_width - x;
      inner(&row, x, x + count, (size_t)left, output);
      x += count - 1;
    } else {
      size_t column = first < end ? (size_t)(left + (ptrdiff_t)(first * dilation)) : 0;
      position(&row, first, end, column, output + x * channels);
    }
  }
}
