#include "window_layout.h"

tk_window_layout tk_make_window_layout(size_t height, size_t width, size_t window, size_t shift) {
  const size_t tokens = window * window;
  return (tk_window_layout){
      .height = height, .width = width, .window = window, .shift = shift, .rows = (height + window - 1) / window,
      .columns = (width + window - 1) / window, .tokens = tokens,
      .padded = (tokens + TK_WINDOW_KEYS - 1) / TK_WINDOW_KEYS * TK_WINDOW_KEYS};
}

/// Which part of the rolled map position `i` of `size` lies in: before the last window, in it, or in what was rolled over.
static int32_t region(const tk_window_layout *l, size_t i, size_t size) {
  return i + l->window < size ? 0 : i + l->shift < size ? 1 : 2;
}

bool tk_window_places(const tk_window_layout *l, size_t index, ptrdiff_t *places, int32_t *regions) {
  const size_t height = l->rows * l->window, width = l->columns * l->window;
  const size_t top = index / l->columns * l->window, left = index % l->columns * l->window;
  bool mixed = false;
  for (size_t t = 0, y = top; y < top + l->window; y++) {
    const size_t row = y + l->shift < height ? y + l->shift : y + l->shift - height;
    const int32_t vertical = region(l, y, height);
    for (size_t x = left; x < left + l->window; x++, t++) {
      const size_t column = x + l->shift < width ? x + l->shift : x + l->shift - width;
      regions[t] = vertical * 3 + region(l, x, width);
      places[t] = row < l->height && column < l->width ? (ptrdiff_t)(row * l->width + column) : -1;
      mixed |= regions[t] != regions[0];
    }
  }
  return mixed;
}

void tk_spread_window_bias(const tk_window_layout *l, size_t heads, const float *table, float *bias) {
  for (size_t head = 0; head < heads; head++)
    for (size_t i = 0; i < l->tokens; i++)
      for (size_t j = 0; j < l->padded; j++)
        bias[(head * l->tokens + i) * l->padded + j] =
            j < l->tokens ? table[tk_window_bias_row(l, i, j) * heads + head] : 0;
}
