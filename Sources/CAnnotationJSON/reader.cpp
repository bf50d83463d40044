#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>

#include "record.h"
#include "scanner.h"

using namespace simdjson;
using std::string_view;

static_assert(ANNOTATION_PADDING >= SIMDJSON_PADDING, "The header promises what simdjson needs.");

struct annotation_reader {
  int descriptor;
  /// The file's bytes from `base` on: `filled` of them, of which those before `position` are done.
  char *buffer = nullptr;
  size_t capacity = 0;
  size_t filled = 0;
  size_t position = 0;
  uint64_t base = 0;

  enum class place { start, key, record, separator, end, failed } place = place::start;
  uint32_t section = ANNOTATION_SECTION_NONE;
  uint32_t seen = 0;
  uint64_t index = 0;
  bool is_results = false;

  ondemand::parser parser;
  annotation_list<annotation_segment> segments;
  /// The name of a field inside a list, for a failure.
  char field_name[64] = "";
  annotation_failure failure{};
  bool can_continue = false;

  explicit annotation_reader(int descriptor) : descriptor(descriptor) {}
  ~annotation_reader() { free(buffer); }
};

namespace {

constexpr size_t piece = size_t(1) << 20;

using place = enum annotation_reader::place;

int fail(annotation_reader &reader, int status, size_t position, const char *field = nullptr) noexcept {
  reader.failure = {reader.section, reader.index, reader.base + position, field};
  reader.can_continue = false;
  reader.place = place::failed;
  return status;
}

/// Reads on, keeping what lies at `position` and after it, which moves to the front.
/// Returns ANNOTATION_OK, or ANNOTATION_TRUNCATED at the end of the file.
int refill(annotation_reader &reader) noexcept {
  size_t kept = reader.filled - reader.position;
  if (reader.position > 0) {
    memmove(reader.buffer, reader.buffer + reader.position, kept);
    reader.base += reader.position;
    reader.position = 0;
    reader.filled = kept;
  }
  if (reader.filled == reader.capacity) {
    if (reader.capacity > ANNOTATION_MAXIMUM_RECORD) return ANNOTATION_LIMIT;
    size_t capacity = reader.capacity == 0 ? piece : reader.capacity * 2;
    char *buffer = static_cast<char *>(realloc(reader.buffer, capacity + ANNOTATION_PADDING));
    if (buffer == nullptr) return ANNOTATION_OUT_OF_MEMORY;
    memset(buffer + reader.capacity, 0, capacity + ANNOTATION_PADDING - reader.capacity);
    reader.buffer = buffer;
    reader.capacity = capacity;
  }
  for (;;) {
    size_t space = reader.capacity - reader.filled;
    ssize_t count = pread(reader.descriptor, reader.buffer + reader.filled, space < piece ? space : piece,
                          static_cast<off_t>(reader.base + reader.filled));
    if (count > 0) {
      reader.filled += static_cast<size_t>(count);
      return ANNOTATION_OK;
    }
    if (count == 0) return ANNOTATION_TRUNCATED;
    if (errno != EINTR) return ANNOTATION_IO;
  }
}

bool is_space(char byte) noexcept { return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t'; }

/// The next byte that is not white space stays at `position`.
int skip_spaces(annotation_reader &reader) noexcept {
  for (;;) {
    while (reader.position < reader.filled && is_space(reader.buffer[reader.position])) reader.position++;
    if (reader.position < reader.filled) return ANNOTATION_OK;
    if (int status = refill(reader)) return status;
  }
}

/// Scans the object, list or string at `position` to its end, `length` bytes on. What is not kept may be arbitrarily long.
int scan_whole(annotation_reader &reader, bool is_kept, size_t &length) noexcept {
  value_scan scan;
  size_t done = 0;
  for (;;) {
    size_t cursor = reader.position + done;
    switch (scan_value(scan, reader.buffer, cursor, reader.filled, ANNOTATION_MAXIMUM_DEPTH)) {
      case scan_result::complete: length = cursor - reader.position; return ANNOTATION_OK;
      case scan_result::too_deep: return ANNOTATION_LIMIT;
      case scan_result::needs_more: break;
    }
    if (is_kept) {
      done = cursor - reader.position;
    } else {
      reader.position = cursor;
    }
    if (int status = refill(reader)) return status;
  }
}

/// Skips a value of any type.
int skip_value(annotation_reader &reader) noexcept {
  if (int status = skip_spaces(reader)) return status;
  char first = reader.buffer[reader.position];
  if (first == '"' || first == '{' || first == '[') {
    size_t length = 0;
    int status = scan_whole(reader, false, length);
    if (status == ANNOTATION_OK) reader.position += length;
    return status;
  }
  size_t count = 0;
  for (;;) {
    while (reader.position < reader.filled) {
      char byte = reader.buffer[reader.position];
      if (is_space(byte) || byte == ',' || byte == '}' || byte == ']') return count > 0 ? ANNOTATION_OK : ANNOTATION_SYNTAX;
      if (strchr("0123456789+-.eEtrufalsn", byte) == nullptr || byte == 0) return ANNOTATION_SYNTAX;
      reader.position++;
      count++;
    }
    if (int status = refill(reader)) return status;
  }
}

uint32_t section_named(string_view name) noexcept {
  if (name == "images") return ANNOTATION_SECTION_IMAGES;
  if (name == "annotations") return ANNOTATION_SECTION_ANNOTATIONS;
  if (name == "categories") return ANNOTATION_SECTION_CATEGORIES;
  if (name == "licenses") return ANNOTATION_SECTION_LICENCES;
  if (name == "attributes") return ANNOTATION_SECTION_ATTRIBUTES;
  return ANNOTATION_SECTION_NONE;
}

/// From the key of the outermost object at `position` to the first record of a list that matters, or to its end.
int read_key(annotation_reader &reader) noexcept {
  for (;;) {
    if (int status = skip_spaces(reader)) return status;
    if (reader.buffer[reader.position] != '"') return ANNOTATION_SYNTAX;
    size_t length = 0;
    if (int status = scan_whole(reader, true, length)) return status;
    uint32_t section = section_named(string_view(reader.buffer + reader.position + 1, length - 2));
    reader.position += length;
    if (int status = skip_spaces(reader)) return status;
    if (reader.buffer[reader.position] != ':') return ANNOTATION_SYNTAX;
    reader.position++;
    if (int status = skip_spaces(reader)) return status;
    if (section != ANNOTATION_SECTION_NONE) {
      reader.section = section;
      reader.index = 0;
      if (reader.seen >> section & 1) return ANNOTATION_REPEATED;
      reader.seen |= uint32_t(1) << section;
      if (reader.buffer[reader.position] != '[') return ANNOTATION_TYPE;
      reader.position++;
      reader.place = place::record;
      return ANNOTATION_OK;
    }
    if (int status = skip_value(reader)) return status;
    if (int status = skip_spaces(reader)) return status;
    char byte = reader.buffer[reader.position];
    if (byte != ',' && byte != '}') return ANNOTATION_SYNTAX;
    reader.position++;
    if (byte == '}') {
      reader.place = place::end;
      return ANNOTATION_OK;
    }
  }
}

int read_start(annotation_reader &reader) noexcept {
  if (int status = skip_spaces(reader)) return status;
  while (reader.filled - reader.position < 3 && refill(reader) == ANNOTATION_OK) {}
  if (reader.filled - reader.position >= 3 && memcmp(reader.buffer + reader.position, "\xEF\xBB\xBF", 3) == 0) {
    reader.position += 3;
    if (int status = skip_spaces(reader)) return status;
  }
  char byte = reader.buffer[reader.position++];
  if (byte == '[') {
    reader.section = ANNOTATION_SECTION_ANNOTATIONS;
    reader.is_results = true;
    reader.place = place::record;
    return ANNOTATION_OK;
  }
  if (byte != '{') {
    reader.position--;
    return ANNOTATION_SYNTAX;
  }
  if (int status = skip_spaces(reader)) return status;
  if (reader.buffer[reader.position] == '}') {
    reader.position++;
    reader.place = place::end;
  } else {
    reader.place = place::key;
  }
  return ANNOTATION_OK;
}

/// Behind a list's last record.
int leave_section(annotation_reader &reader) noexcept {
  reader.section = ANNOTATION_SECTION_NONE;
  reader.index = 0;
  if (reader.is_results) {
    reader.place = place::end;
    return ANNOTATION_OK;
  }
  if (int status = skip_spaces(reader)) return status;
  char byte = reader.buffer[reader.position];
  if (byte != ',' && byte != '}') return ANNOTATION_SYNTAX;
  reader.position++;
  reader.place = byte == ',' ? place::key : place::end;
  return ANNOTATION_OK;
}

int read_box(ondemand::value value, double (&box)[4]) noexcept {
  ondemand::array array;
  if (auto code = value.get_array().get(array)) return annotation_status_of(code);
  size_t count = 0;
  for (auto result : array) {
    ondemand::value element;
    if (auto code = std::move(result).get(element)) return annotation_status_of(code);
    if (count == 4) return ANNOTATION_TYPE;
    if (int status = annotation_double(element, box[count])) return status;
    count++;
  }
  return count == 4 ? ANNOTATION_OK : ANNOTATION_TYPE;
}

int read_form(ondemand::value value, ondemand::json_type type, uint8_t &form) noexcept {
  if (type == ondemand::json_type::array) {
    ondemand::array array;
    if (auto code = value.get_array().get(array)) return annotation_status_of(code);
    bool is_empty = false;
    if (auto code = array.is_empty().get(is_empty)) return annotation_status_of(code);
    form = is_empty ? ANNOTATION_FORM_EMPTY : ANNOTATION_FORM_POLYGONS;
    return ANNOTATION_OK;
  }
  if (type == ondemand::json_type::object) {
    ondemand::object object;
    if (auto code = value.get_object().get(object)) return annotation_status_of(code);
    bool is_empty = false;
    if (auto code = object.is_empty().get(is_empty)) return annotation_status_of(code);
    form = is_empty ? ANNOTATION_FORM_EMPTY : ANNOTATION_FORM_CODE;
    return ANNOTATION_OK;
  }
  return ANNOTATION_TYPE;
}

int read_text(ondemand::value value, annotation_text &text) noexcept {
  string_view view;
  if (auto code = value.get_string().get(view)) return annotation_status_of(code);
  text = {view.data(), view.size()};
  return ANNOTATION_OK;
}

/// An id that is a number, or a text where `text_field` is not 0.
int read_identifier(ondemand::value value, ondemand::json_type type, annotation_entry &entry, uint32_t field,
                    int64_t &number, uint32_t text_field, annotation_text &text) noexcept {
  entry.fields |= field;
  if (text_field != 0 && type == ondemand::json_type::string) {
    entry.fields |= text_field;
    return read_text(value, text);
  }
  return annotation_integer(value, number);
}

struct fields {
  annotation_reader &reader;
  annotation_entry &entry;
  const char *&failed;

  /// Remembers the field for the message of a failure.
  int named(const char *name, int status) noexcept {
    if (status != ANNOTATION_OK) failed = name;
    return status;
  }

  int number(ondemand::value value, uint32_t field, int64_t &result, const char *name) noexcept {
    entry.fields |= field;
    return named(name, annotation_integer(value, result));
  }

  int real(ondemand::value value, uint32_t field, double &result, const char *name) noexcept {
    entry.fields |= field;
    return named(name, annotation_double(value, result));
  }

  /// Remembers a member of a segment for the message of a failure, as "segments_info.3.area".
  int named_segment(const char *name, int status) noexcept {
    if (status == ANNOTATION_OK) return status;
    snprintf(reader.field_name, sizeof reader.field_name, "segments_info.%zu%s%s", reader.segments.count,
             *name != 0 ? "." : "", name);
    return named(reader.field_name, status);
  }

  int segments(ondemand::value value) noexcept {
    entry.fields |= ANNOTATION_FIELD_SEGMENTS;
    // Of a field that stands twice the last one counts.
    reader.segments.count = 0;
    ondemand::array array;
    if (auto code = value.get_array().get(array)) return named("segments_info", annotation_status_of(code));
    for (auto result : array) {
      annotation_segment segment{};
      const char *member = "";
      ondemand::object object;
      if (auto code = std::move(result).get_object().get(object)) return named_segment("", annotation_status_of(code));
      int status = annotation_each_field(object, [&](string_view key, ondemand::value value, ondemand::json_type) {
        if (key == "id") {
          segment.fields |= ANNOTATION_FIELD_ID;
          member = "id";
          return annotation_integer(value, segment.id);
        }
        if (key == "category_id") {
          segment.fields |= ANNOTATION_FIELD_CATEGORY;
          member = "category_id";
          return annotation_integer(value, segment.category_id);
        }
        if (key == "area") {
          segment.fields |= ANNOTATION_FIELD_AREA;
          member = "area";
          return annotation_double(value, segment.area);
        }
        if (key == "iscrowd") {
          int64_t flag = 0;
          member = "iscrowd";
          int status = annotation_integer(value, flag);
          segment.is_crowd = flag != 0;
          return status;
        }
        return int(ANNOTATION_OK);
      });
      if (status != ANNOTATION_OK) return named_segment(member, status);
      if (int status = reader.segments.append(segment)) return named_segment("", status);
    }
    return ANNOTATION_OK;
  }

  int annotation(string_view key, ondemand::value value, ondemand::json_type type) noexcept {
    if (key == "segmentation") return named("segmentation", read_form(value, type, entry.form));
    if (key == "bbox") {
      entry.fields |= ANNOTATION_FIELD_BOX;
      return named("bbox", read_box(value, entry.box));
    }
    if (key == "id") return number(value, ANNOTATION_FIELD_ID, entry.id, "id");
    if (key == "image_id") {
      return named("image_id", read_identifier(value, type, entry, ANNOTATION_FIELD_IMAGE, entry.image_id,
                                               ANNOTATION_FIELD_TEXT_IMAGE, entry.text_image_id));
    }
    if (key == "category_id") return number(value, ANNOTATION_FIELD_CATEGORY, entry.category_id, "category_id");
    if (key == "area") return real(value, ANNOTATION_FIELD_AREA, entry.area, "area");
    if (key == "score") return real(value, ANNOTATION_FIELD_SCORE, entry.score, "score");
    if (key == "iscrowd") {
      int64_t flag = 0;
      int status = number(value, 0, flag, "iscrowd");
      entry.is_crowd = flag != 0;
      return status;
    }
    if (key == "attribute_ids") {
      entry.fields |= ANNOTATION_FIELD_NUMBERS;
      return ANNOTATION_OK;
    }
    if (key == "segments_info") return segments(value);
    if (key == "file_name") return named("file_name", read_text(value, entry.name));
    if (key == "part_of") return number(value, ANNOTATION_FIELD_WHOLE, entry.whole_id, "part_of");
    if (key == "obj_ann_id") return number(value, ANNOTATION_FIELD_WHOLE, entry.whole_id, "obj_ann_id");
    return ANNOTATION_OK;
  }

  int image(string_view key, ondemand::value value, ondemand::json_type type) noexcept {
    if (key == "id") {
      return named("id", read_identifier(value, type, entry, ANNOTATION_FIELD_ID, entry.id, ANNOTATION_FIELD_TEXT_ID,
                                         entry.text_id));
    }
    if (key == "file_name") return named("file_name", read_text(value, entry.name));
    if (key == "width") return number(value, ANNOTATION_FIELD_WIDTH, entry.width, "width");
    if (key == "height") return number(value, ANNOTATION_FIELD_HEIGHT, entry.height, "height");
    if (key == "neg_category_ids" || key == "not_exhaustive_category_ids") {
      entry.fields |= ANNOTATION_FIELD_NUMBERS;
      return ANNOTATION_OK;
    }
    // Some copies name the licence instead of numbering it.
    if (key == "license" && type == ondemand::json_type::number) {
      return number(value, ANNOTATION_FIELD_LICENCE, entry.licence_id, "license");
    }
    return ANNOTATION_OK;
  }

  int category(string_view key, ondemand::value value, ondemand::json_type type) noexcept {
    if (key == "id") return number(value, ANNOTATION_FIELD_ID, entry.id, "id");
    if (key == "name") return named("name", read_text(value, entry.name));
    if (key == "supercategory" && type == ondemand::json_type::string) {
      return named("supercategory", read_text(value, entry.detail));
    }
    if (key == "isthing") {
      int64_t flag = 1;
      int status = number(value, ANNOTATION_FIELD_THING, flag, "isthing");
      entry.is_thing = flag != 0;
      return status;
    }
    return ANNOTATION_OK;
  }

  int licence(string_view key, ondemand::value value, ondemand::json_type type) noexcept {
    if (key == "id" && type == ondemand::json_type::number) return number(value, ANNOTATION_FIELD_ID, entry.id, "id");
    if (key == "name" && type == ondemand::json_type::string) return named("name", read_text(value, entry.name));
    if (key == "url" && type == ondemand::json_type::string) return named("url", read_text(value, entry.detail));
    return ANNOTATION_OK;
  }

  int any(string_view key, ondemand::value value, ondemand::json_type type) noexcept {
    switch (entry.section) {
      case ANNOTATION_SECTION_IMAGES: return image(key, value, type);
      case ANNOTATION_SECTION_ANNOTATIONS: return annotation(key, value, type);
      case ANNOTATION_SECTION_CATEGORIES:
      case ANNOTATION_SECTION_ATTRIBUTES: return category(key, value, type);
      default: return licence(key, value, type);
    }
  }
};

/// The record at `position`; afterwards `position` is behind it.
int read_record(annotation_reader &reader, annotation_entry &entry) noexcept {
  size_t length = 0;
  if (int status = scan_whole(reader, true, length)) return fail(reader, status, reader.position);
  size_t start = reader.position;
  entry = {};
  entry.section = reader.section;
  entry.index = reader.index;
  entry.offset = reader.base + start;
  entry.length = length;
  entry.is_thing = 1;
  reader.segments.count = 0;
  reader.position += length;

  ondemand::document document;
  const char *failed = nullptr;
  int status = annotation_parse(reader.parser, reader.buffer + start, length, document);
  if (status == ANNOTATION_OK) {
    fields visitor{reader, entry, failed};
    status = annotation_each_field(document, [&](string_view key, ondemand::value value, ondemand::json_type type) {
      return visitor.any(key, value, type);
    });
  }
  if (status != ANNOTATION_OK) {
    fail(reader, status, start, failed);
    reader.can_continue = true;
  }
  entry.segments = reader.segments.elements;
  entry.segment_count = reader.segments.count;
  reader.place = place::separator;
  reader.index++;
  return status;
}

}  // namespace

extern "C" annotation_reader *annotation_reader_create(int descriptor) {
  return new (std::nothrow) annotation_reader(descriptor);
}

extern "C" void annotation_reader_free(annotation_reader *reader) { delete reader; }

extern "C" annotation_failure annotation_reader_failure(const annotation_reader *reader) { return reader->failure; }

extern "C" int annotation_reader_can_continue(const annotation_reader *reader) { return reader->can_continue; }

extern "C" int annotation_reader_has_seen(const annotation_reader *reader, uint32_t section) {
  return section < 32 && (reader->seen >> section & 1) != 0;
}

extern "C" int annotation_reader_next(annotation_reader *reader, annotation_entry *entry) {
  for (;;) {
    int status = ANNOTATION_OK;
    switch (reader->place) {
      case place::start: status = read_start(*reader); break;
      case place::key: status = read_key(*reader); break;
      case place::record: {
        status = skip_spaces(*reader);
        if (status != ANNOTATION_OK) break;
        char byte = reader->buffer[reader->position];
        if (byte == '{') return read_record(*reader, *entry);
        if (byte == ']' && reader->index == 0) {
          reader->position++;
          status = leave_section(*reader);
        } else {
          status = byte == ']' ? ANNOTATION_SYNTAX : ANNOTATION_TYPE;
        }
        break;
      }
      case place::separator: {
        status = skip_spaces(*reader);
        if (status != ANNOTATION_OK) break;
        char byte = reader->buffer[reader->position];
        if (byte != ',' && byte != ']') {
          status = ANNOTATION_SYNTAX;
          break;
        }
        reader->position++;
        if (byte == ',') {
          reader->place = place::record;
        } else {
          status = leave_section(*reader);
        }
        break;
      }
      case place::end:
        status = skip_spaces(*reader);
        if (status == ANNOTATION_TRUNCATED) return ANNOTATION_END;
        if (status == ANNOTATION_OK) status = ANNOTATION_SYNTAX;
        break;
      case place::failed: return ANNOTATION_SYNTAX;
    }
    if (status != ANNOTATION_OK) return fail(*reader, status, reader->position);
  }
}
