// What the reader and the decoder share: simdjson's values as plain numbers and texts.
#ifndef ANNOTATION_RECORD_H
#define ANNOTATION_RECORD_H

#include <simdjson.h>

#include <string_view>

#include "CAnnotationJSON.h"

/// The status for an error of simdjson.
int annotation_status_of(simdjson::error_code code) noexcept;

/// Whole numbers, also where they are written as 3.0, and truth values as 0 and 1.
int annotation_integer(simdjson::ondemand::value value, int64_t &result) noexcept;
int annotation_double(simdjson::ondemand::value value, double &result) noexcept;

/// Calls `visit(key, value, type)`, which returns a status, for each field that is not null. On failure `field` is the
/// last key, which may lie in the parser's memory.
template <typename Visit>
int annotation_each_field(simdjson::ondemand::document &document, Visit visit) noexcept {
  namespace ondemand = simdjson::ondemand;
  ondemand::object object;
  if (auto code = document.get_object().get(object)) return annotation_status_of(code);
  for (auto result : object) {
    ondemand::field field;
    if (auto code = std::move(result).get(field)) return annotation_status_of(code);
    std::string_view key;
    if (auto code = field.unescaped_key().get(key)) return annotation_status_of(code);
    ondemand::value value = field.value();
    ondemand::json_type type;
    if (auto code = value.type().get(type)) return annotation_status_of(code);
    if (type == ondemand::json_type::null) {
      if (auto code = value.is_null().error()) return annotation_status_of(code);
      continue;
    }
    if (int status = visit(key, value, type)) return status;
  }
  return ANNOTATION_OK;
}

/// Parses one record. Memory grows by doubling, so that records of rising length do not allocate each time.
int annotation_parse(simdjson::ondemand::parser &parser, const char *bytes, size_t length,
                     simdjson::ondemand::document &document) noexcept;

#endif
