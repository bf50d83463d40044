// Dense convolution for one instruction set: a product whose rows are gathered block by block, so the columns of a
// block stay in a cache and the matrix of all of them never exists.
#include "../runtime/partial.h"

/// Copies `count` numbers as `memcpy` does, whose call takes longer than the copying of such short runs. The last
/// vector steps back over numbers that are copied already.
TK_INLINE void copy(float *restrict to, const float *restrict from, size_t count) {
  if (count < TK_LANES) {
    if (count > 0) tk_store_part(to, tk_load_part(from, count), count);
    return;
  }
  for (size_t i = 0; i + TK_LANES < count; i += TK_LANES) tk_store(to + i, tk_load(from + i));
  tk_store(to + count - TK_LANES, tk_load(from + count - TK_LANES));
}

/// One row of the kernel at input columns `x`, `x + dilation`, ... of `row` (NULL: beyond the edge).
static void gather_row(const tk_convolution_shape *shape, const float *row, ptrdiff_t x, float *to) {
  size_t channels = shape->channels, taps = shape->kernel_width;
  ptrdiff_t width = (ptrdiff_t)shape->width, step = (ptrdiff_t)shape->dilation;
  if (!row) {
    memset(to, 0, taps * channels * sizeof(float));
    return;
  }
  if (step == 1 && x >= 0 && x + (ptrdiff_t)taps <= width) {
    copy(to, row + (size_t)x * channels, taps * channels);
    return;
  }
  for (size_t i = 0; i < taps; i++, x += step, to += channels)
    if (x >= 0 && x < width)
      copy(to, row + (size_t)x * channels, channels);
    else
      memset(to, 0, channels * sizeof(float));
}

static void gather(
    const tk_convolution_shape *shape, const float *input, size_t first, size_t end, float *columns) {
  size_t run = shape->kernel_width * shape->channels;
  size_t output_y = first / shape->output_width, output_x = first % shape->output_width;
  for (size_t position = first; position < end; position++, output_x++) {
    if (output_x == shape->output_width) output_x = 0, output_y++;
    ptrdiff_t y = (ptrdiff_t)(output_y * shape->stride) - (ptrdiff_t)shape->padding_top;
    ptrdiff_t x = (ptrdiff_t)(output_x * shape->stride) - (ptrdiff_t)shape->padding_left;
    for (size_t i = 0; i < shape->kernel_height; i++, y += (ptrdiff_t)shape->dilation, columns += run) {
      bool inside = y >= 0 && y < (ptrdiff_t)shape->height;
      gather_row(shape, inside ? input + (size_t)y * shape->width * shape->channels : NULL, x, columns);
    }
  }
}

void TK_FUNCTION(tk_convolution_positions)(
    const tk_convolution_shape *shape, const float *input, const float *packed, float *output,
    const tk_epilogue *epilogue, size_t first, size_t end, float *columns, size_t rows) {
  size_t n = shape->output_channels, k = shape->kernel_height * shape->kernel_width * shape->channels;
  for (size_t next; first < end; first = next) {
    next = end - first < rows ? end : first + rows;
    gather(shape, input, first, next, columns);
    tk_epilogue of_block = *epilogue;
    if (of_block.residual) of_block.residual += first * of_block.residual_stride;
    TK_FUNCTION(tk_product_block)(next - first, n, k, columns, k, packed, output + first * n, n, &of_block);
  }
}

/// Copies the input rows from `y` on, `height` of them, with zeros where they reach beyond the edges.
static void copy_padded(
    const tk_convolution_shape *shape, const float *input, ptrdiff_t y, size_t height, size_t width, float *to) {
  size_t channels = shape->channels;
  size_t left = shape->padding_left < width ? shape->padding_left : width;
  size_t inside = width - left < shape->width ? width - left : shape->width, right = width - left - inside;
  for (size_t row = 0; row < height; row++, y++, to += width * channels) {
    if (y < 0 || y >= (ptrdiff_t)shape->height) {
      memset(to, 0, width * channels * sizeof(float));
      continue;
    }
    memset(to, 0, left * channels * sizeof(float));
    memcpy(to + left * channels, input + (size_t)y * shape->width * channels, inside * channels * sizeof(float));
    memset(to + (left + inside) * channels, 0, right * channels * sizeof(float));
  }
}

void TK_FUNCTION(tk_convolution_rows)(
    const tk_convolution_shape *shape, const float *input, const float *packed, float *output,
    const tk_epilogue *epilogue, size_t first, size_t end, float *scratch) {
  size_t channels = shape->channels, n = shape->output_channels, width = tk_convolution_padded_width(shape);
  size_t height = tk_convolution_scratch(shape, end - first) / (width * channels);
  ptrdiff_t y = (ptrdiff_t)(first * shape->stride) - (ptrdiff_t)shape->padding_top;
  copy_padded(shape, input, y, height, width, scratch);

  // Without dilation the taps of a kernel row are one piece.
  size_t pieces_of_row = shape->dilation == 1 ? 1 : shape->kernel_width;
  size_t length = shape->kernel_width / pieces_of_row * channels, runs = shape->kernel_height * pieces_of_row;
  size_t offsets[TK_MOST_TAPS];
  for (size_t i = 0; i < runs; i++)
    offsets[i] = (i / pieces_of_row * width + i % pieces_of_row) * shape->dilation * channels;

  for (size_t row = first; row < end; row++) {
    size_t position = row * shape->output_width;
    tk_epilogue of_row = *epilogue;
    if (of_row.residual) of_row.residual += position * of_row.residual_stride;
    TK_FUNCTION(tk_product_of_runs)(
        shape->output_width, n, runs, length, offsets, scratch + (row - first) * shape->stride * width * channels,
        shape->stride * channels, packed, output + position * n, n, &of_row);
  }
}
