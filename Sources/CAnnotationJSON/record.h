// What the reader and the decoder share: simdjson's values as plain numbers and texts.
#ifndef ANNOTATION_RECORD_H
#define ANNOTATION_RECORD_H

#include <simdjson.h>

#include <cstdlib>
#include <string_view>

#include "CAnnotationJSON.h"

/// A growing list that reports a lack of memory instead of throwing.
template <typename Element>
struct annotation_list {
  Element *elements = nullptr;
  size_t count = 0;
  size_t capacity = 0;

  annotation_list() = default;
  annotation_list(const annotation_list &) = delete;
  annotation_list &operator=(const annotation_list &) = delete;
  ~annotation_list() { free(elements); }

  int append(Element element) noexcept {
    if (count == capacity) {
      size_t larger = capacity == 0 ? 64 : capacity * 2;
      auto *moved = static_cast<Element *>(realloc(elements, larger * sizeof(Element)));
      if (moved == nullptr) return ANNOTATION_OUT_OF_MEMORY;
      elements = moved;
      capacity = larger;
    }
    elements[count++] = element;
    return ANNOTATION_OK;
  }
};

/// The status for an error of simdjson.
int annotation_status_of(simdjson::error_code code) noexcept;

/// Whole numbers, also where they are written as 3.0, and truth values as 0 and 1.
int annotation_integer(simdjson::ondemand::value value, int64_t &result) noexcept;
int annotation_double(simdjson::ondemand::value value, double &result) noexcept;

/// Calls `visit(key, value, type)`, which returns a status, for each field that is not null.
template <typename Visit>
int annotation_each_field(simdjson::ondemand::object object, Visit visit) noexcept {
  namespace ondemand = simdjson::ondemand;
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

/// The same of a whole record.
template <typename Visit>
int annotation_each_field(simdjson::ondemand::document &document, Visit visit) noexcept {
  simdjson::ondemand::object object;
  if (auto code = document.get_object().get(object)) return annotation_status_of(code);
  return annotation_each_field(object, visit);
}

/// Parses one record. Memory grows by doubling, so that records of rising length do not allocate each time.
int annotation_parse(simdjson::ondemand::parser &parser, const char *bytes, size_t length,
                     simdjson::ondemand::document &document) noexcept;

#endif
