// Finds the end of a JSON value without looking into it: only brackets and strings matter for that.
#ifndef ANNOTATION_SCANNER_H
#define ANNOTATION_SCANNER_H

#include <cstddef>
#include <cstdint>
#include <cstring>

/// Where a scan stands; it can be taken up when more bytes have come.
struct value_scan {
  uint32_t depth = 0;
  bool in_string = false;
  bool is_escaped = false;
};

enum class scan_result { complete, needs_more, too_deep };

/// Advances `cursor` behind the object, list or string that the scan is in, or to `end`. The first byte of a scan must
/// open the value.
scan_result scan_value(value_scan &scan, const char *bytes, size_t &cursor, size_t end, uint32_t maximum_depth) noexcept;

#endif
