#include <setjmp.h>

#include <png.h>

#include "CImageCodecs.h"
#include "png_error.h"

struct png_target {
  image_codec_sink sink;
  void *context;
};

static void write_bytes(png_structp png, png_bytep bytes, size_t count) {
  struct png_target *target = png_get_io_ptr(png);
  target->sink(target->context, bytes, count);
}

static void flush_nothing(png_structp png) { (void)png; }

int image_codec_png_encode(const uint8_t *pixels, struct image_codec_size size, int channels, image_codec_sink sink,
                           void *context, char *reason) {
  struct png_failure failure = {.status = IMAGE_CODEC_OK, .reason = reason};
  struct png_target target = {.sink = sink, .context = context};
  reason[0] = 0;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &failure, png_failure_handler, png_warning_handler);
  png_infop info = png ? png_create_info_struct(png) : NULL;
  if (!info) {
    png_destroy_write_struct(&png, NULL);
    return IMAGE_CODEC_OUT_OF_MEMORY;
  }
  if (setjmp(png_jmpbuf(png))) {
    png_destroy_write_struct(&png, &info);
    return failure.status;
  }
  png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  png_set_write_fn(png, &target, write_bytes, flush_nothing);
  int color = channels == 1 ? PNG_COLOR_TYPE_GRAY : channels == 3 ? PNG_COLOR_TYPE_RGB : PNG_COLOR_TYPE_RGB_ALPHA;
  png_set_IHDR(png, info, size.width, size.height, 8, color, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
               PNG_FILTER_TYPE_DEFAULT);
  png_write_info(png, info);
  for (uint32_t y = 0; y < size.height; y++) {
    png_write_row(png, pixels + (size_t)y * size.width * (size_t)channels);
  }
  png_write_end(png, info);
  png_destroy_write_struct(&png, &info);
  return IMAGE_CODEC_OK;
}
