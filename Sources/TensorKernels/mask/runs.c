#include <string.h>

#include "mask.h"

// Columns are taken 64 at a time, a row of them as the bits of a word: a change of value from row to row is a set bit of
// the difference of two words. The changes are counted column by column first; then each goes to its place in `runs`.

enum { COLUMNS = 64 };

/// The bits (least significant first) of 8 bytes: set where the byte is not zero.
static uint64_t bits_of_8(uint64_t bytes) {
  const uint64_t low = 0x7f7f7f7f7f7f7f7f;
  const uint64_t set = (((bytes & low) + low) | bytes) >> 7 & 0x0101010101010101;
  return set * 0x0102040810204080 >> 56;
}

/// The bits of `count` (1 ... 64) bytes.
static uint64_t bits_of(size_t count, const uint8_t *bytes) {
  uint64_t bits = 0, group = 0;
  size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    memcpy(&group, bytes + i, 8);
    bits |= bits_of_8(group) << i;
  }
  if (i < count) {
    group = 0;
    memcpy(&group, bytes + i, count - i);
    bits |= bits_of_8(group) << i;
  }
  return bits;
}

/// The bits of the last row of the strip, one column to the right, with what stands left of the strip in column 0: what
/// the first row follows in column-major order.
static uint64_t before_first_row(size_t height, size_t width, const uint8_t *bitmap, size_t column, size_t count) {
  const uint8_t *last = bitmap + (height - 1) * width + column;
  const bool before = column > 0 && last[-1];
  return bits_of(count, last) << 1 | before;
}

size_t tk_bitmap_runs(size_t height, size_t width, const uint8_t *bitmap, uint32_t *runs, size_t capacity) {
  const size_t total = height * width;
  if (total == 0) return 0;
  size_t changes = 0;
  for (size_t column = 0; column < width; column += COLUMNS) {
    const size_t count = width - column < COLUMNS ? width - column : COLUMNS;
    const uint64_t used = count == COLUMNS ? ~(uint64_t)0 : ((uint64_t)1 << count) - 1;
    size_t places[COLUMNS] = {0};
    uint64_t previous = before_first_row(height, width, bitmap, column, count);
    for (size_t y = 0; y < height; y++) {
      const uint64_t bits = bits_of(count, bitmap + y * width + column);
      for (uint64_t changed = (bits ^ previous) & used; changed; changed &= changed - 1)
        places[__builtin_ctzll(changed)]++;
      previous = bits;
    }
    for (size_t i = 0; i < count; i++) {
      const size_t here = places[i];
      places[i] = changes;
      changes += here;
    }
    if (places[0] >= capacity) continue;
    previous = before_first_row(height, width, bitmap, column, count);
    for (size_t y = 0; y < height; y++) {
      const uint64_t bits = bits_of(count, bitmap + y * width + column);
      for (uint64_t changed = (bits ^ previous) & used; changed; changed &= changed - 1) {
        const size_t i = (size_t)__builtin_ctzll(changed), place = places[i]++;
        if (place < capacity) runs[place] = (uint32_t)((column + i) * height + y);
      }
      previous = bits;
    }
  }
  // Positions become distances.
  if (changes < capacity) runs[changes] = (uint32_t)total;
  for (size_t i = changes < capacity ? changes : capacity - (capacity > 0); i > 0; i--) runs[i] -= runs[i - 1];
  return changes + 1;
}

void tk_runs_bitmap(size_t height, size_t width, const uint32_t *runs, size_t count, uint8_t *bitmap) {
  const size_t total = height * width;
  if (total == 0) return;
  memset(bitmap, 0, total);
  // First the changes: in row 0 the value itself, in every other row whether it differs from the row above.
  size_t position = 0;
  for (size_t i = 0; i < count && position < total; i++) {
    const size_t end = runs[i] < total - position ? position + runs[i] : total;
    if (i % 2 == 1 && end > position) {
      bitmap[position % height * width + position / height] ^= 1;
      for (size_t column = position / height + 1; column * height < end; column++) bitmap[column] = 1;
      if (end % height != 0) bitmap[end % height * width + end / height] ^= 1;
    }
    position = end;
  }
  for (size_t y = 1; y < height; y++)
    for (size_t x = 0; x < width; x++) bitmap[y * width + x] ^= bitmap[(y - 1) * width + x];
}
