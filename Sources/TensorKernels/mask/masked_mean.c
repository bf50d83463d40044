#include "mask.h"

// Channels are taken up to 512 at a time, so that their sums need no scratch.

static tk_weighted_rows *const rows_table[] = TK_TABLE(tk_weighted_rows);

enum { CELLS = 64, CHANNELS = 512 };

/// Shares of `count` neighbouring cells, `stride` squares of mask rows `width` apart.
static double shares_of(size_t count, size_t stride, const uint8_t *mask, size_t width, float *shares) {
  double total = 0;
  for (size_t i = 0; i < count; i++) {
    size_t set = 0;
    for (size_t y = 0; y < stride; y++)
      for (size_t x = 0; x < stride; x++) set += mask[y * width + i * stride + x];
    const double share = (double)set / (double)(stride * stride);
    shares[i] = (float)share;
    total += share;
  }
  return total;
}

void tk_masked_mean_f32(
    size_t height, size_t width, size_t channels, size_t stride, const float *map, const uint8_t *mask, float *output) {
  for (size_t first = 0; first < channels; first += CHANNELS) {
    const size_t part = channels - first < CHANNELS ? channels - first : CHANNELS;
    double sums[CHANNELS] = {0}, total = 0;
    for (size_t y = 0; y < height; y++)
      for (size_t x = 0; x < width; x += CELLS) {
        const size_t count = width - x < CELLS ? width - x : CELLS;
        float shares[CELLS];
        const double some = shares_of(count, stride, mask + (y * width * stride + x) * stride, width * stride, shares);
        if (some == 0) continue;
        total += some;
        TK_CHOOSE(rows_table)(count, part, shares, map + (y * width + x) * channels + first, channels, sums);
      }
    for (size_t c = 0; c < part; c++) output[first + c] = (float)(sums[c] / (total + 1e-6));
  }
}
