#include "png_error.h"

#include <stdio.h>
#include <string.h>

#include "CImageCodecs.h"

void png_failure_handler(png_structp png, png_const_charp text) {
  struct png_failure *failure = png_get_error_ptr(png);
  snprintf(failure->reason, IMAGE_CODEC_REASON_SIZE, "%s", text);
  if (failure->status == IMAGE_CODEC_OK) {
    int no_memory = strcmp(text, "Out of memory") == 0 || strcmp(text, "Insufficient memory") == 0;
    failure->status = no_memory ? IMAGE_CODEC_OUT_OF_MEMORY : IMAGE_CODEC_MALFORMED;
  }
  png_longjmp(png, 1);
}

void png_warning_handler(png_structp png, png_const_charp text) {
  (void)png;
  (void)text;
}
