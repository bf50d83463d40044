#include <cstring>
#include <new>

#include "record.h"

using namespace simdjson;
using std::string_view;

struct annotation_decoder {
  ondemand::parser parser;
  annotation_list<double> coordinates;
  annotation_list<size_t> polygon_ends;
  annotation_list<uint32_t> runs;
  annotation_list<int64_t> numbers;
};

namespace {

/// Calls `visit(element)`, which returns a status, for each element of a list.
template <typename Visit>
int each_element(ondemand::value value, Visit visit) noexcept {
  ondemand::array array;
  if (auto code = value.get_array().get(array)) return annotation_status_of(code);
  for (auto result : array) {
    ondemand::value element;
    if (auto code = std::move(result).get(element)) return annotation_status_of(code);
    if (int status = visit(element)) return status;
  }
  return ANNOTATION_OK;
}

int read_polygons(annotation_decoder &decoder, ondemand::value value) noexcept {
  return each_element(value, [&](ondemand::value polygon) {
    int status = each_element(polygon, [&](ondemand::value coordinate) {
      double number = 0;
      if (int status = annotation_double(coordinate, number)) return status;
      return decoder.coordinates.append(number);
    });
    if (status != ANNOTATION_OK) return status;
    return decoder.polygon_ends.append(decoder.coordinates.count);
  });
}

int read_size(ondemand::value value, annotation_mask &mask) noexcept {
  int64_t size[2] = {0, 0};
  size_t count = 0;
  int status = each_element(value, [&](ondemand::value element) {
    if (count == 2) return int(ANNOTATION_TYPE);
    return annotation_integer(element, size[count++]);
  });
  if (status != ANNOTATION_OK) return status;
  if (count != 2) return ANNOTATION_TYPE;
  mask.height = size[0];
  mask.width = size[1];
  return ANNOTATION_OK;
}

int read_counts(annotation_decoder &decoder, ondemand::value value, ondemand::json_type type,
                annotation_mask &mask) noexcept {
  if (type == ondemand::json_type::string) {
    string_view text;
    if (auto code = value.get_string().get(text)) return annotation_status_of(code);
    mask.code = {text.data(), text.size()};
    return ANNOTATION_OK;
  }
  return each_element(value, [&](ondemand::value element) {
    int64_t run = 0;
    if (int status = annotation_integer(element, run)) return status;
    if (run < 0 || run > int64_t(UINT32_MAX)) return int(ANNOTATION_NUMBER);
    return decoder.runs.append(static_cast<uint32_t>(run));
  });
}

int read_code(annotation_decoder &decoder, ondemand::value value, annotation_mask &mask) noexcept {
  ondemand::object object;
  if (auto code = value.get_object().get(object)) return annotation_status_of(code);
  bool has_counts = false;
  mask.form = ANNOTATION_FORM_EMPTY;
  for (auto result : object) {
    mask.form = ANNOTATION_FORM_CODE;
    ondemand::field field;
    if (auto code = std::move(result).get(field)) return annotation_status_of(code);
    string_view key;
    if (auto code = field.unescaped_key().get(key)) return annotation_status_of(code);
    ondemand::value member = field.value();
    ondemand::json_type type;
    if (auto code = member.type().get(type)) return annotation_status_of(code);
    int status = ANNOTATION_OK;
    if (key == "size") {
      status = read_size(member, mask);
    } else if (key == "counts") {
      has_counts = true;
      status = read_counts(decoder, member, type, mask);
    }
    if (status != ANNOTATION_OK) return status;
  }
  return has_counts || mask.form == ANNOTATION_FORM_EMPTY ? ANNOTATION_OK : ANNOTATION_TYPE;
}

}  // namespace

extern "C" annotation_decoder *annotation_decoder_create(void) { return new (std::nothrow) annotation_decoder(); }

extern "C" void annotation_decoder_free(annotation_decoder *decoder) { delete decoder; }

extern "C" int annotation_decoder_mask(annotation_decoder *decoder, const char *bytes, size_t length,
                                       annotation_mask *mask, const char **field) {
  decoder->coordinates.count = 0;
  decoder->polygon_ends.count = 0;
  decoder->runs.count = 0;
  *mask = {};
  mask->height = mask->width = -1;
  *field = nullptr;
  ondemand::document document;
  if (int status = annotation_parse(decoder->parser, bytes, length, document)) return status;
  int status = annotation_each_field(document, [&](string_view key, ondemand::value value, ondemand::json_type type) {
    if (key != "segmentation") return int(ANNOTATION_OK);
    *field = "segmentation";
    // Of a field that stands twice the last one counts.
    decoder->coordinates.count = 0;
    decoder->polygon_ends.count = 0;
    decoder->runs.count = 0;
    mask->code = {};
    int status = ANNOTATION_TYPE;
    if (type == ondemand::json_type::array) {
      status = read_polygons(*decoder, value);
      mask->form = decoder->polygon_ends.count > 0 ? ANNOTATION_FORM_POLYGONS : ANNOTATION_FORM_EMPTY;
    } else if (type == ondemand::json_type::object) {
      status = read_code(*decoder, value, *mask);
    }
    if (status == ANNOTATION_OK) *field = nullptr;
    return status;
  });
  mask->coordinates = decoder->coordinates.elements;
  mask->polygon_ends = decoder->polygon_ends.elements;
  mask->polygon_count = decoder->polygon_ends.count;
  mask->runs = decoder->runs.elements;
  mask->run_count = decoder->runs.count;
  return status;
}

extern "C" int annotation_decoder_numbers(annotation_decoder *decoder, const char *bytes, size_t length,
                                          const char *name, const int64_t **numbers, size_t *count) {
  decoder->numbers.count = 0;
  ondemand::document document;
  int status = annotation_parse(decoder->parser, bytes, length, document);
  if (status == ANNOTATION_OK) {
    status = annotation_each_field(document, [&](string_view key, ondemand::value value, ondemand::json_type type) {
      if (key != name) return int(ANNOTATION_OK);
      if (type == ondemand::json_type::array) {
        return each_element(value, [&](ondemand::value element) {
          int64_t number = 0;
          if (int status = annotation_integer(element, number)) return status;
          return decoder->numbers.append(number);
        });
      }
      int64_t number = 0;
      if (int status = annotation_integer(value, number)) return status;
      return decoder->numbers.append(number);
    });
  }
  *numbers = decoder->numbers.elements;
  *count = decoder->numbers.count;
  return status;
}
