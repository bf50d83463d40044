#include "record.h"

#include <cmath>

using namespace simdjson;

int annotation_status_of(error_code code) noexcept {
  switch (code) {
    case SUCCESS: return ANNOTATION_OK;
    case MEMALLOC: return ANNOTATION_OUT_OF_MEMORY;
    case CAPACITY:
    case DEPTH_ERROR: return ANNOTATION_LIMIT;
    case UTF8_ERROR:
    case STRING_ERROR: return ANNOTATION_ENCODING;
    case INCORRECT_TYPE: return ANNOTATION_TYPE;
    case NUMBER_OUT_OF_RANGE: return ANNOTATION_NUMBER;
    default: return ANNOTATION_SYNTAX;
  }
}

int annotation_integer(ondemand::value value, int64_t &result) noexcept {
  ondemand::json_type type;
  if (auto code = value.type().get(type)) return annotation_status_of(code);
  if (type == ondemand::json_type::boolean) {
    bool flag;
    if (auto code = value.get_bool().get(flag)) return annotation_status_of(code);
    result = flag ? 1 : 0;
    return ANNOTATION_OK;
  }
  if (type != ondemand::json_type::number) return ANNOTATION_TYPE;
  if (value.get_int64().get(result) == SUCCESS) return ANNOTATION_OK;
  double number;
  if (auto code = value.get_double().get(number)) return annotation_status_of(code);
  // Whole numbers of a double are exact up to here.
  if (!(std::fabs(number) <= 9007199254740992.0) || number != std::floor(number)) return ANNOTATION_NUMBER;
  result = static_cast<int64_t>(number);
  return ANNOTATION_OK;
}

int annotation_double(ondemand::value value, double &result) noexcept {
  ondemand::json_type type;
  if (auto code = value.type().get(type)) return annotation_status_of(code);
  if (type != ondemand::json_type::number) return ANNOTATION_TYPE;
  return annotation_status_of(value.get_double().get(result));
}

int annotation_parse(ondemand::parser &parser, const char *bytes, size_t length, ondemand::document &document) noexcept {
  if (parser.capacity() < length) {
    size_t capacity = parser.capacity() * 2;
    if (capacity < length) capacity = length;
    if (auto code = parser.allocate(capacity)) return annotation_status_of(code);
  }
  auto code = parser.iterate(padded_string_view(bytes, length, length + SIMDJSON_PADDING)).get(document);
  return annotation_status_of(code);
}
