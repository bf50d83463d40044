#ifndef PNG_ERROR_H
#define PNG_ERROR_H

#include <png.h>

/// Where libpng's errors of one call go.
struct png_failure {
  int status;
  /// IMAGE_CODEC_REASON_SIZE bytes.
  char *reason;
};

/// Error handler of libpng: notes the text and the status, then jumps to png_jmpbuf.
void png_failure_handler(png_structp png, png_const_charp text);

/// Warning handler of libpng that drops them: what endangers the pixels is an error already.
void png_warning_handler(png_structp png, png_const_charp text);

#endif
