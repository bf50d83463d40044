#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

#include "CImageCodecs.h"

// The callbacks of libjpeg get pointers to the first members and cast them back to the whole.
struct jpeg_error {
  struct jpeg_error_mgr base;
  jmp_buf environment;
  int status;
  char *reason;
};

struct jpeg_progress {
  struct jpeg_progress_mgr base;
  int max_scans;
};

static void fail(j_common_ptr info) {
  struct jpeg_error *error = (struct jpeg_error *)info->err;
  char text[JMSG_LENGTH_MAX];
  error->base.format_message(info, text);
  snprintf(error->reason, IMAGE_CODEC_REASON_SIZE, "%s", text);
  switch (error->base.msg_code) {
  case JERR_INPUT_EOF:
    error->status = IMAGE_CODEC_TRUNCATED;
    break;
  case JERR_OUT_OF_MEMORY:
    error->status = IMAGE_CODEC_OUT_OF_MEMORY;
    break;
  case JERR_ARITH_NOTIMPL:
  case JERR_BAD_PRECISION:
  case JERR_CCIR601_NOTIMPL:
  case JERR_CONVERSION_NOTIMPL:
  case JERR_EMPTY_IMAGE:
  case JERR_FRACT_SAMPLE_NOTIMPL:
  case JERR_SOF_UNSUPPORTED:
    error->status = IMAGE_CODEC_UNSUPPORTED;
    break;
  default:
    error->status = IMAGE_CODEC_MALFORMED;
  }
  longjmp(error->environment, 1);
}

// Warnings after which libjpeg invents pixels are errors here; the others (stray bytes before a marker, unknown
// revision numbers) leave the picture whole.
static void warn(j_common_ptr info, int level) {
  if (level >= 0) {
    return;
  }
  info->err->num_warnings++;
  switch (info->err->msg_code) {
  case JWRN_ARITH_BAD_CODE:
  case JWRN_HIT_MARKER:
  case JWRN_HUFF_BAD_CODE:
  case JWRN_MUST_RESYNC:
    fail(info);
    break;
  default:
    break;
  }
}

static void print_nothing(j_common_ptr info) { (void)info; }

static void start_source(j_decompress_ptr info) { (void)info; }

// The whole file lies in the buffer, so asking for more means that it ends early.
static boolean refuse_more(j_decompress_ptr info) {
  ERREXIT(info, JERR_INPUT_EOF);
  return FALSE;
}

static void skip_bytes(j_decompress_ptr info, long count) {
  if (count <= 0) {
    return;
  }
  if ((size_t)count > info->src->bytes_in_buffer) {
    ERREXIT(info, JERR_INPUT_EOF);
  }
  info->src->next_input_byte += count;
  info->src->bytes_in_buffer -= (size_t)count;
}

static void end_source(j_decompress_ptr info) { (void)info; }

static void limit_scans(j_common_ptr info) {
  struct jpeg_progress *progress = (struct jpeg_progress *)info->progress;
  struct jpeg_error *error = (struct jpeg_error *)info->err;
  if (((j_decompress_ptr)info)->input_scan_number > progress->max_scans) {
    snprintf(error->reason, IMAGE_CODEC_REASON_SIZE, "more than %d scans", progress->max_scans);
    error->status = IMAGE_CODEC_LIMIT;
    longjmp(error->environment, 1);
  }
}

static void prepare_errors(struct jpeg_decompress_struct *info, struct jpeg_error *error, char *reason) {
  info->err = jpeg_std_error(&error->base);
  error->base.error_exit = fail;
  error->base.emit_message = warn;
  error->base.output_message = print_nothing;
  error->status = IMAGE_CODEC_OK;
  error->reason = reason;
  reason[0] = 0;
}

static void set_source(struct jpeg_decompress_struct *info, struct jpeg_source_mgr *source, const uint8_t *bytes,
                       size_t count) {
  source->next_input_byte = bytes;
  source->bytes_in_buffer = count;
  source->init_source = start_source;
  source->fill_input_buffer = refuse_more;
  source->skip_input_data = skip_bytes;
  source->resync_to_restart = jpeg_resync_to_restart;
  source->term_source = end_source;
  info->src = source;
}

int image_codec_jpeg_read_size(const uint8_t *bytes, size_t count, struct image_codec_size *size, char *reason) {
  // Zeroed, so that destroying it is safe even where its creation failed.
  struct jpeg_decompress_struct info = {0};
  struct jpeg_error error;
  struct jpeg_source_mgr source;
  prepare_errors(&info, &error, reason);
  if (setjmp(error.environment)) {
    jpeg_destroy_decompress(&info);
    return error.status;
  }
  jpeg_create_decompress(&info);
  set_source(&info, &source, bytes, count);
  jpeg_read_header(&info, TRUE);
  size->width = info.image_width;
  size->height = info.image_height;
  jpeg_destroy_decompress(&info);
  return IMAGE_CODEC_OK;
}

// a * b / 255, rounded.
static unsigned multiply_255(unsigned a, unsigned b) {
  unsigned product = a * b + 128;
  return ((product >> 8) + product) >> 8;
}

// Files with four components hold inverted ink amounts, as Adobe's programs write them: 255 is no ink.
static void convert_inverted_cmyk(const uint8_t *restrict row, uint32_t width, uint8_t *restrict pixels) {
  for (uint32_t x = 0; x < width; x++) {
    unsigned black = row[4 * x + 3];
    for (uint32_t c = 0; c < 3; c++) {
      pixels[3 * x + c] = (uint8_t)(black - multiply_255(255u - row[4 * x + c], black));
    }
  }
}

int image_codec_jpeg_decode(const uint8_t *bytes, size_t count, struct image_codec_size size, int max_scans,
                            uint8_t *pixels, char *reason) {
  struct jpeg_decompress_struct info = {0};
  struct jpeg_error error;
  struct jpeg_source_mgr source;
  struct jpeg_progress progress = {.base = {.progress_monitor = limit_scans}, .max_scans = max_scans};
  prepare_errors(&info, &error, reason);
  if (setjmp(error.environment)) {
    jpeg_destroy_decompress(&info);
    return error.status;
  }
  jpeg_create_decompress(&info);
  set_source(&info, &source, bytes, count);
  jpeg_read_header(&info, TRUE);
  info.progress = &progress.base;
  info.out_color_space = info.num_components == 4 ? JCS_CMYK : JCS_RGB;
  jpeg_start_decompress(&info);
  if (info.output_width != size.width || info.output_height != size.height) {
    ERREXIT(&info, JERR_BAD_STATE);
  }
  JSAMPARRAY cmyk = NULL;
  if (info.out_color_space == JCS_CMYK) {
    cmyk = info.mem->alloc_sarray((j_common_ptr)&info, JPOOL_IMAGE, size.width * 4, 1);
  }
  while (info.output_scanline < info.output_height) {
    uint8_t *row = pixels + (size_t)info.output_scanline * size.width * 3;
    if (cmyk) {
      jpeg_read_scanlines(&info, cmyk, 1);
      convert_inverted_cmyk(cmyk[0], size.width, row);
    } else {
      jpeg_read_scanlines(&info, &row, 1);
    }
  }
  jpeg_finish_decompress(&info);
  jpeg_destroy_decompress(&info);
  return IMAGE_CODEC_OK;
}
