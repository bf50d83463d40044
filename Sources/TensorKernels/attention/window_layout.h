// Where the tokens of windows lie on a map; shared by window attention and its gradient.
#ifndef TK_WINDOW_LAYOUT_H
#define TK_WINDOW_LAYOUT_H

#include "../runtime/isa.h"

/// Keys of a window are held in rows of a multiple of this many numbers.
#define TK_WINDOW_KEYS 16

/// A map cut into windows.
typedef struct {
  size_t height, width, window, shift;
  size_t rows, columns;    // of windows
  size_t tokens, padded;   // of a window
} tk_window_layout;

tk_window_layout tk_make_window_layout(size_t height, size_t width, size_t window, size_t shift);

/// For each token of window `index` its place on the map, or -1 in the padding, and which side of the rolled map it came
/// from; whether they came from several sides.
bool tk_window_places(const tk_window_layout *layout, size_t index, ptrdiff_t *places, int32_t *regions);

/// The bias of each pair of a window's tokens, `[heads, tokens, padded]`.
void tk_spread_window_bias(const tk_window_layout *layout, size_t heads, const float *table, float *bias);

/// The row of the bias table for query `i` and key `j`.
static inline size_t tk_window_bias_row(const tk_window_layout *layout, size_t i, size_t j) {
  const size_t window = layout->window;
  const size_t dy = i / window + window - 1 - j / window, dx = i % window + window - 1 - j % window;
  return dy * (2 * window - 1) + dx;
}

#endif
