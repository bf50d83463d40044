#include "scanner.h"

namespace {

constexpr uint64_t ones = 0x0101010101010101;
constexpr uint64_t highs = 0x8080808080808080;

uint64_t load(const char *bytes) noexcept {
  uint64_t word;
  memcpy(&word, bytes, sizeof word);
  return word;
}

/// The high bit of the lowest zero byte; bits above it may be set by mistake.
uint64_t lowest_zero(uint64_t word) noexcept { return (word - ones) & ~word & highs; }

/// The first of " [ ] { } at or after `cursor`.
size_t next_structure(const char *bytes, size_t cursor, size_t end) noexcept {
  while (end - cursor >= 8) {
    uint64_t word = load(bytes + cursor);
    // Setting this bit turns square brackets into braces.
    uint64_t folded = word | ones * 0x20;
    uint64_t found = lowest_zero(word ^ ones * '"') | lowest_zero(folded ^ ones * '{') | lowest_zero(folded ^ ones * '}');
    if (found != 0) return cursor + static_cast<size_t>(__builtin_ctzll(found)) / 8;
    cursor += 8;
  }
  while (cursor < end && bytes[cursor] != '"' && (bytes[cursor] | 0x20) != '{' && (bytes[cursor] | 0x20) != '}') cursor++;
  return cursor;
}

/// The first quotation mark or backslash at or after `cursor`.
size_t next_in_string(const char *bytes, size_t cursor, size_t end) noexcept {
  while (end - cursor >= 8) {
    uint64_t word = load(bytes + cursor);
    uint64_t found = lowest_zero(word ^ ones * '"') | lowest_zero(word ^ ones * '\\');
    if (found != 0) return cursor + static_cast<size_t>(__builtin_ctzll(found)) / 8;
    cursor += 8;
  }
  while (cursor < end && bytes[cursor] != '"' && bytes[cursor] != '\\') cursor++;
  return cursor;
}

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "The lowest byte of a word must be the first one.");

}  // namespace

scan_result scan_value(value_scan &scan, const char *bytes, size_t &cursor, size_t end, uint32_t maximum_depth) noexcept {
  while (cursor < end) {
    if (scan.is_escaped) {
      scan.is_escaped = false;
      cursor++;
      continue;
    }
    cursor = scan.in_string ? next_in_string(bytes, cursor, end) : next_structure(bytes, cursor, end);
    if (cursor >= end) break;
    char byte = bytes[cursor++];
    if (scan.in_string) {
      if (byte == '\\') {
        scan.is_escaped = true;
      } else {
        scan.in_string = false;
        if (scan.depth == 0) return scan_result::complete;
      }
    } else if (byte == '"') {
      scan.in_string = true;
    } else if ((byte | 0x20) == '{') {
      if (++scan.depth > maximum_depth) return scan_result::too_deep;
    } else {
      if (scan.depth == 0 || --scan.depth == 0) return scan_result::complete;
    }
  }
  return scan_result::needs_more;
}
