#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <png.h>

#include "CImageCodecs.h"
#include "png_error.h"

struct png_source {
  const uint8_t *bytes;
  size_t count;
  struct png_failure *failure;
};

static void read_bytes(png_structp png, png_bytep target, size_t count) {
  struct png_source *source = png_get_io_ptr(png);
  if (count > source->count) {
    source->failure->status = IMAGE_CODEC_TRUNCATED;
    png_error(png, "the data of a chunk are missing");
  }
  memcpy(target, source->bytes, count);
  source->bytes += count;
  source->count -= count;
}

// A reader that skips every chunk but those the pixels need: texts and profiles can hide bombs.
static png_structp make_reader(struct png_source *source, png_infop *info) {
  png_structp png =
      png_create_read_struct(PNG_LIBPNG_VER_STRING, source->failure, png_failure_handler, png_warning_handler);
  *info = png ? png_create_info_struct(png) : NULL;
  if (!*info) {
    png_destroy_read_struct(&png, NULL, NULL);
    source->failure->status = IMAGE_CODEC_OUT_OF_MEMORY;
    return NULL;
  }
  png_set_read_fn(png, source, read_bytes);
  return png;
}

static void restrict_reader(png_structp png) {
  // The caller limits the number of pixels.
  png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
}

static uint32_t read_big_endian(const uint8_t *bytes) {
  return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

// libpng tells the size only at the first pixels; the header alone says it to whoever holds it against a limit.
int image_codec_png_read_size(const uint8_t *bytes, size_t count, struct image_codec_size *size, char *reason) {
  enum { header_end = 8 + 8 + 13 + 4, type = 12, width = 16, height = 20 };
  reason[0] = 0;
  if (count < header_end) {
    snprintf(reason, IMAGE_CODEC_REASON_SIZE, "the header is missing");
    return IMAGE_CODEC_TRUNCATED;
  }
  if (memcmp(bytes + type, "IHDR", 4) != 0) {
    snprintf(reason, IMAGE_CODEC_REASON_SIZE, "it does not begin with a header");
    return IMAGE_CODEC_MALFORMED;
  }
  size->width = read_big_endian(bytes + width);
  size->height = read_big_endian(bytes + height);
  return IMAGE_CODEC_OK;
}

int image_codec_png_decode(const uint8_t *bytes, size_t count, struct image_codec_size size, uint8_t *pixels,
                           char *reason) {
  struct png_failure failure = {.status = IMAGE_CODEC_OK, .reason = reason};
  struct png_source source = {.bytes = bytes, .count = count, .failure = &failure};
  png_infop info;
  reason[0] = 0;
  png_structp png = make_reader(&source, &info);
  if (!png) {
    return failure.status;
  }
  if (setjmp(png_jmpbuf(png))) {
    png_destroy_read_struct(&png, &info, NULL);
    return failure.status;
  }
  restrict_reader(png);
  png_read_info(png, info);
  if (png_get_image_width(png, info) != size.width || png_get_image_height(png, info) != size.height) {
    png_error(png, "the size changed");
  }
  png_set_expand(png);
  png_set_strip_16(png);
  png_set_strip_alpha(png);
  png_set_gray_to_rgb(png);
  int passes = png_set_interlace_handling(png);
  png_read_update_info(png, info);
  if (png_get_rowbytes(png, info) != (size_t)size.width * 3) {
    png_error(png, "the rows are not RGB");
  }
  for (int pass = 0; pass < passes; pass++) {
    for (uint32_t y = 0; y < size.height; y++) {
      png_read_row(png, pixels + (size_t)y * size.width * 3, NULL);
    }
  }
  png_read_end(png, NULL);
  png_destroy_read_struct(&png, &info, NULL);
  return IMAGE_CODEC_OK;
}

// Widens one row in place, from its end, to labels of 32 bits. `bytes` is 1, 2 (big-endian) or 3 (R, G, B) a pixel.
static void widen_row(uint32_t *row, uint32_t width, size_t bytes) {
  const uint8_t *packed = (const uint8_t *)row;
  for (size_t x = width; x-- > 0;) {
    const uint8_t *pixel = packed + x * bytes;
    uint32_t label;
    switch (bytes) {
    case 1:
      label = pixel[0];
      break;
    case 2:
      label = (uint32_t)pixel[0] << 8 | pixel[1];
      break;
    default:
      label = pixel[0] | (uint32_t)pixel[1] << 8 | (uint32_t)pixel[2] << 16;
    }
    row[x] = label;
  }
}

int image_codec_png_decode_labels(const uint8_t *bytes, size_t count, struct image_codec_size size, uint32_t *labels,
                                  char *reason) {
  struct png_failure failure = {.status = IMAGE_CODEC_OK, .reason = reason};
  struct png_source source = {.bytes = bytes, .count = count, .failure = &failure};
  png_infop info;
  reason[0] = 0;
  png_structp png = make_reader(&source, &info);
  if (!png) {
    return failure.status;
  }
  if (setjmp(png_jmpbuf(png))) {
    png_destroy_read_struct(&png, &info, NULL);
    return failure.status;
  }
  restrict_reader(png);
  png_read_info(png, info);
  if (png_get_image_width(png, info) != size.width || png_get_image_height(png, info) != size.height) {
    png_error(png, "the size changed");
  }
  size_t channels = png_get_color_type(png, info) & PNG_COLOR_MASK_COLOR ? 3 : 1;
  if (png_get_color_type(png, info) == PNG_COLOR_TYPE_PALETTE) {
    channels = 1;
  }
  size_t pixel = channels * (png_get_bit_depth(png, info) == 16 ? 2 : 1);
  if (pixel > 3) {
    failure.status = IMAGE_CODEC_UNSUPPORTED;
    png_error(png, "labels in RGB have 8 bits a sample");
  }
  // One byte for each sample of fewer than 8 bits, as it is.
  png_set_packing(png);
  png_set_strip_alpha(png);
  int passes = png_set_interlace_handling(png);
  png_read_update_info(png, info);
  if (png_get_rowbytes(png, info) != (size_t)size.width * pixel) {
    png_error(png, "the rows are not labels");
  }
  for (int pass = 0; pass < passes; pass++) {
    for (uint32_t y = 0; y < size.height; y++) {
      png_read_row(png, (png_bytep)(labels + (size_t)y * size.width), NULL);
    }
  }
  png_read_end(png, NULL);
  png_destroy_read_struct(&png, &info, NULL);
  for (uint32_t y = 0; y < size.height; y++) {
    widen_row(labels + (size_t)y * size.width, size.width, pixel);
  }
  return IMAGE_CODEC_OK;
}
