#include <string.h>

#include "mask.h"

static tk_strip_words *const words_table[] = TK_TABLE(tk_strip_words);

// A strip of columns is drawn as words, a row of it as the bits of one; squares of 64 words are turned round, and then a
// word holds 64 pixels of a column, in the order in which run lengths count them.

enum { SQUARE = 64 };

/// Turns a square of bits round: bit x of word y becomes bit y of word x (Hacker's Delight, section 7-3).
static void turn(uint64_t words[SQUARE]) {
  uint64_t mask = 0x00000000ffffffff;
  for (size_t half = SQUARE / 2; half > 0; half /= 2, mask ^= mask << half)
    for (size_t i = 0; i < SQUARE; i = (i + half + 1) & ~half) {
      const uint64_t swapped = ((words[i] >> half) ^ words[i + half]) & mask;
      words[i] ^= swapped << half;
      words[i + half] ^= swapped;
    }
}

/// Where the run that is being read began, and whether it is of ones.
typedef struct {
  uint32_t *runs;
  size_t count, capacity, begin;
  uint64_t value;
} run_writer;

/// Reads the columns of a strip whose squares have been turned round.
static void write_columns(run_writer *w, size_t height, size_t columns, size_t column, const uint64_t *words) {
  for (size_t x = 0; x < columns; x++)
    for (size_t y = 0; y < height; y += SQUARE) {
      const size_t rows = height - y < SQUARE ? height - y : SQUARE;
      const uint64_t bits = words[y + x], used = rows == SQUARE ? ~(uint64_t)0 : ((uint64_t)1 << rows) - 1;
      for (uint64_t changed = (bits ^ (bits << 1 | w->value)) & used; changed; changed &= changed - 1) {
        const size_t place = (column + x) * height + y + (size_t)__builtin_ctzll(changed);
        if (w->count < w->capacity) w->runs[w->count] = (uint32_t)(place - w->begin);
        w->count++;
        w->begin = place;
      }
      w->value = bits >> (rows - 1) & 1;
    }
}

size_t tk_draw_runs(
    size_t rows, size_t width, const float *logits, const tk_drawing_axis *vertical, const tk_drawing_axis *horizontal,
    float offset, uint32_t *runs, size_t capacity, tk_logit_counts *counts) {
  *counts = (tk_logit_counts){0, 0, 0};
  const size_t height = vertical->count, squares = (height + SQUARE - 1) / SQUARE;
  const size_t bytes = squares * SQUARE * sizeof(uint64_t) + rows * TK_STRIP * sizeof(float);
  uint64_t *words = tk_memory_acquire(bytes);
  if (!words) return 0;
  run_writer writer = {runs, 0, capacity, 0, 0};
  for (size_t column = 0; column < horizontal->count; column += TK_STRIP) {
    const size_t left = horizontal->count - column, columns = left < TK_STRIP ? left : TK_STRIP;
    int32_t cells[TK_STRIP];
    float shares[3 * TK_STRIP];
    for (size_t x = 0; x < TK_STRIP; x++) {
      const size_t from = column + (x < columns ? x : columns - 1);
      cells[x] = horizontal->first[from];
      for (size_t k = 0; k < 3; k++) shares[k * TK_STRIP + x] = horizontal->shares[3 * from + k];
    }
    const tk_strip strip = {
        logits, rows, width, columns, cells, shares, vertical, offset, (float *)(words + squares * SQUARE)};
    TK_CHOOSE(words_table)(&strip, words, counts);
    memset(words + height, 0, (squares * SQUARE - height) * sizeof(uint64_t));
    for (size_t square = 0; square < squares; square++) turn(words + square * SQUARE);
    write_columns(&writer, height, columns, column, words);
  }
  tk_memory_release(words);
  if (writer.count < capacity) runs[writer.count] = (uint32_t)(height * horizontal->count - writer.begin);
  return writer.count + 1;
}
