// Annotation files in the form of COCO, read record by record with simdjson.
//
// A file is read from front to back in pieces of a megabyte, so memory does not grow with it: a scanner of brackets and
// strings cuts the lists of the outermost object into their records, and simdjson parses each record. Files may be larger
// than the 4 GB that simdjson takes at once. No exception leaves these functions; what a file claims is never allocated.
#ifndef C_ANNOTATION_JSON_H
#define C_ANNOTATION_JSON_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum annotation_status {
  ANNOTATION_OK = 0,
  /// There is no further record.
  ANNOTATION_END,
  /// The file cannot be read; `errno` says why.
  ANNOTATION_IO,
  ANNOTATION_OUT_OF_MEMORY,
  /// The file ends inside a value.
  ANNOTATION_TRUNCATED,
  /// What stands there is not JSON.
  ANNOTATION_SYNTAX,
  /// JSON, but a value of another type than the field has.
  ANNOTATION_TYPE,
  /// A number that does not fit: an id outside 64 bits, a size that is not whole.
  ANNOTATION_NUMBER,
  /// A string that is not UTF-8.
  ANNOTATION_ENCODING,
  /// Nested deeper than ANNOTATION_MAXIMUM_DEPTH, or a record over ANNOTATION_MAXIMUM_RECORD bytes.
  ANNOTATION_LIMIT,
  /// A list stands twice.
  ANNOTATION_REPEATED,
};

enum {
  ANNOTATION_MAXIMUM_DEPTH = 512,
  ANNOTATION_MAXIMUM_RECORD = 1 << 30,
  /// Bytes that must be readable behind a record that is handed in.
  ANNOTATION_PADDING = 64,
};

/// The lists of a file. A file whose outermost value is a list holds results, which are annotations too.
enum annotation_section {
  ANNOTATION_SECTION_NONE = 0,
  ANNOTATION_SECTION_IMAGES,
  ANNOTATION_SECTION_ANNOTATIONS,
  ANNOTATION_SECTION_CATEGORIES,
  ANNOTATION_SECTION_LICENCES,
  /// Names of attributes, as PACO has them; like categories.
  ANNOTATION_SECTION_ATTRIBUTES,
};

/// How a mask is written.
enum annotation_form {
  ANNOTATION_FORM_NONE = 0,
  /// An empty list or object.
  ANNOTATION_FORM_EMPTY,
  ANNOTATION_FORM_POLYGONS,
  /// Run lengths, as numbers or as a string.
  ANNOTATION_FORM_CODE,
};

/// The fields that a record has (`null` counts as missing).
enum annotation_field {
  ANNOTATION_FIELD_ID = 1 << 0,
  ANNOTATION_FIELD_IMAGE = 1 << 1,
  ANNOTATION_FIELD_CATEGORY = 1 << 2,
  ANNOTATION_FIELD_WHOLE = 1 << 3,
  ANNOTATION_FIELD_AREA = 1 << 4,
  ANNOTATION_FIELD_SCORE = 1 << 5,
  ANNOTATION_FIELD_BOX = 1 << 6,
  ANNOTATION_FIELD_WIDTH = 1 << 7,
  ANNOTATION_FIELD_HEIGHT = 1 << 8,
  ANNOTATION_FIELD_LICENCE = 1 << 9,
  /// The id, or the image's id, is a string.
  ANNOTATION_FIELD_TEXT_ID = 1 << 10,
  ANNOTATION_FIELD_TEXT_IMAGE = 1 << 11,
  /// Lists that `annotation_decoder_numbers` reads: `attribute_ids` of an annotation, `neg_category_ids` or
  /// `not_exhaustive_category_ids` of an image.
  ANNOTATION_FIELD_NUMBERS = 1 << 12,
  /// `isthing` of a category.
  ANNOTATION_FIELD_THING = 1 << 13,
  /// `segments_info` of a panoptic annotation.
  ANNOTATION_FIELD_SEGMENTS = 1 << 14,
};

/// UTF-8 without escapes, not ending in 0. `start` is null where the field is missing.
struct annotation_text {
  const char *_Nullable start;
  size_t length;
};

/// One segment of a panoptic annotation: an element of `segments_info`.
struct annotation_segment {
  /// `enum annotation_field`: id, category and area.
  uint32_t fields;
  uint8_t is_crowd;
  int64_t id;
  int64_t category_id;
  double area;
};

/// One record; a member has a meaning in the sections that have such a field, and where `fields` names it.
struct annotation_entry {
  /// `enum annotation_section`, and the record's number in it from 0.
  uint32_t section;
  uint64_t index;
  /// Where the record stands in the file, in bytes.
  uint64_t offset;
  uint64_t length;
  /// `enum annotation_field`.
  uint32_t fields;
  /// `enum annotation_form`.
  uint8_t form;
  uint8_t is_crowd;
  /// 1 where the field is missing.
  uint8_t is_thing;
  int64_t id;
  int64_t image_id;
  int64_t category_id;
  /// `part_of` or `obj_ann_id`: the id of the annotation that this one is a part of.
  int64_t whole_id;
  int64_t width;
  int64_t height;
  int64_t licence_id;
  double area;
  double score;
  /// x, y, width, height.
  double box[4];
  struct annotation_text text_id;
  struct annotation_text text_image_id;
  /// The file name of an image or of a panoptic annotation, the name of a category or licence.
  struct annotation_text name;
  /// The supercategory of a category, the address of a licence.
  struct annotation_text detail;
  /// Of a panoptic annotation; valid until the next call.
  const struct annotation_segment *_Nullable segments;
  size_t segment_count;
};

/// Where and why reading failed.
struct annotation_failure {
  uint32_t section;
  /// The record's number in its section, and the byte of the file at which it starts or reading stopped.
  uint64_t index;
  uint64_t offset;
  /// The name of the field, or null; valid until the next call.
  const char *_Nullable field;
};

typedef struct annotation_reader annotation_reader;

/// A reader of the regular file behind a descriptor that stays open and is not moved; null without memory.
annotation_reader *_Nullable annotation_reader_create(int descriptor);
void annotation_reader_free(annotation_reader *_Nullable reader);

/// The next record, in the order of the file. Its texts are valid until the next call. Returns `enum annotation_status`.
/// After a failure inside a record whose end is known (`annotation_reader_can_continue`), the next call reads the record
/// after it; every other failure is final.
int annotation_reader_next(annotation_reader *_Nonnull reader, struct annotation_entry *_Nonnull entry);

/// About the last call that failed.
struct annotation_failure annotation_reader_failure(const annotation_reader *_Nonnull reader);
int annotation_reader_can_continue(const annotation_reader *_Nonnull reader);

/// Whether the outermost object has had the list of a section (`enum annotation_section`) so far.
int annotation_reader_has_seen(const annotation_reader *_Nonnull reader, uint32_t section);

/// A mask as it is written.
struct annotation_mask {
  /// `enum annotation_form`.
  uint8_t form;
  /// Coordinates x, y of all polygons; polygon i ends before `polygon_ends[i]`.
  const double *_Nullable coordinates;
  const size_t *_Nullable polygon_ends;
  size_t polygon_count;
  /// The size of a code; -1 where it is missing.
  int64_t height;
  int64_t width;
  /// Runs in numbers (`code.start` is null), or as COCO's string.
  const uint32_t *_Nullable runs;
  size_t run_count;
  struct annotation_text code;
};

typedef struct annotation_decoder annotation_decoder;

/// Decodes single records; for one thread at a time. Null without memory.
annotation_decoder *_Nullable annotation_decoder_create(void);
void annotation_decoder_free(annotation_decoder *_Nullable decoder);

/// The field `segmentation` of the record in `bytes`, behind which ANNOTATION_PADDING bytes are readable. Pointers are
/// valid until the next call. `field` names what failed. Returns `enum annotation_status`.
int annotation_decoder_mask(annotation_decoder *_Nonnull decoder, const char *_Nonnull bytes, size_t length,
                            struct annotation_mask *_Nonnull mask, const char *_Nullable *_Nonnull field);

/// A field of whole numbers: a list, or one number as a list of one; none where the field is missing. As above.
int annotation_decoder_numbers(annotation_decoder *_Nonnull decoder, const char *_Nonnull bytes, size_t length,
                               const char *_Nonnull name, const int64_t *_Nullable *_Nonnull numbers,
                               size_t *_Nonnull count);

#ifdef __cplusplus
}
#endif

#endif
