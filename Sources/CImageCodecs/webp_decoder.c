#include <stdio.h>

#include <webp/decode.h>

#include "CImageCodecs.h"

static int status_of(VP8StatusCode code, char *reason) {
  switch (code) {
  case VP8_STATUS_OK:
    return IMAGE_CODEC_OK;
  case VP8_STATUS_OUT_OF_MEMORY:
    return IMAGE_CODEC_OUT_OF_MEMORY;
  case VP8_STATUS_UNSUPPORTED_FEATURE:
    snprintf(reason, IMAGE_CODEC_REASON_SIZE, "it uses a feature that libwebp does not know");
    return IMAGE_CODEC_UNSUPPORTED;
  case VP8_STATUS_NOT_ENOUGH_DATA:
  case VP8_STATUS_SUSPENDED:
    snprintf(reason, IMAGE_CODEC_REASON_SIZE, "the data of the picture are missing");
    return IMAGE_CODEC_TRUNCATED;
  default:
    snprintf(reason, IMAGE_CODEC_REASON_SIZE, "its bit stream contradicts the format");
    return IMAGE_CODEC_MALFORMED;
  }
}

int image_codec_webp_read_size(const uint8_t *bytes, size_t count, struct image_codec_size *size, char *reason) {
  WebPBitstreamFeatures features;
  reason[0] = 0;
  int status = status_of(WebPGetFeatures(bytes, count, &features), reason);
  if (status != IMAGE_CODEC_OK) {
    return status;
  }
  if (features.has_animation) {
    snprintf(reason, IMAGE_CODEC_REASON_SIZE, "it is an animation");
    return IMAGE_CODEC_UNSUPPORTED;
  }
  size->width = (uint32_t)features.width;
  size->height = (uint32_t)features.height;
  return IMAGE_CODEC_OK;
}

int image_codec_webp_decode(const uint8_t *bytes, size_t count, struct image_codec_size size, uint8_t *pixels,
                            char *reason) {
  WebPDecoderConfig config;
  reason[0] = 0;
  if (!WebPInitDecoderConfig(&config)) {
    snprintf(reason, IMAGE_CODEC_REASON_SIZE, "the installed libwebp has another interface");
    return IMAGE_CODEC_UNSUPPORTED;
  }
  config.output.colorspace = MODE_RGB;
  config.output.is_external_memory = 1;
  config.output.u.RGBA.rgba = pixels;
  config.output.u.RGBA.stride = (int)(size.width * 3);
  config.output.u.RGBA.size = (size_t)size.width * size.height * 3;
  int status = status_of(WebPDecode(bytes, count, &config), reason);
  WebPFreeDecBuffer(&config.output);
  return status;
}
