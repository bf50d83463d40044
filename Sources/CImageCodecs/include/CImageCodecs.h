// Decoders and an encoder of image files, over libjpeg-turbo, libpng and libwebp.
//
// These libraries report errors by longjmp or need their structures on the C side; the functions below return a
// status instead. They hold no state, may be called from many threads at once, and free what they allocate before
// they return. Pixels are 8-bit, row by row, without gaps, in memory of the caller.
#ifndef C_IMAGE_CODECS_H
#define C_IMAGE_CODECS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum image_codec_status {
  IMAGE_CODEC_OK = 0,
  /// The data end before the image does.
  IMAGE_CODEC_TRUNCATED,
  /// The data contradict themselves or the format.
  IMAGE_CODEC_MALFORMED,
  /// The data are well formed, and the library cannot decode them.
  IMAGE_CODEC_UNSUPPORTED,
  /// Decoding would take more work than any sensible file needs.
  IMAGE_CODEC_LIMIT,
  IMAGE_CODEC_OUT_OF_MEMORY,
};

enum { IMAGE_CODEC_REASON_SIZE = 200 };

/// Size of an image as its file states it, before orientation.
struct image_codec_size {
  uint32_t width;
  uint32_t height;
};

// Each function returns an `image_codec_status`. Unless it is IMAGE_CODEC_OK, `reason` (IMAGE_CODEC_REASON_SIZE bytes)
// holds a short text without a full stop, ending in 0; it may be empty.
//
// `*_read_size` reads the header alone and allocates nothing that grows with the size.
// `*_decode` writes `[height, width, 3]` RGB bytes to `pixels`; `size` must be what `*_read_size` gave for the same
// bytes. After a failure the content of `pixels` is unspecified. Colour profiles and gamma are ignored, alpha is
// dropped, 16-bit samples keep their high byte.

/// More than `max_scans` scans (progressive JPEG) are refused with IMAGE_CODEC_LIMIT while decoding.
int image_codec_jpeg_read_size(const uint8_t *bytes, size_t count, struct image_codec_size *size, char *reason);
int image_codec_jpeg_decode(const uint8_t *bytes, size_t count, struct image_codec_size size, int max_scans,
                            uint8_t *pixels, char *reason);

int image_codec_png_read_size(const uint8_t *bytes, size_t count, struct image_codec_size *size, char *reason);
int image_codec_png_decode(const uint8_t *bytes, size_t count, struct image_codec_size size, uint8_t *pixels,
                           char *reason);

/// Writes `[height, width]` labels: the values as they are stored, without scaling, gamma or palette. Palette images give
/// their indices, grey ones of 1 to 16 bits their samples, RGB of 8 bits R + 256 G + 65536 B; alpha is dropped. RGB of
/// 16 bits is IMAGE_CODEC_UNSUPPORTED.
int image_codec_png_decode_labels(const uint8_t *bytes, size_t count, struct image_codec_size size, uint32_t *labels,
                                  char *reason);

int image_codec_webp_read_size(const uint8_t *bytes, size_t count, struct image_codec_size *size, char *reason);
int image_codec_webp_decode(const uint8_t *bytes, size_t count, struct image_codec_size size, uint8_t *pixels,
                            char *reason);

/// Receives consecutive parts of an encoded file.
typedef void (*image_codec_sink)(void *context, const uint8_t *bytes, size_t count);

/// Encodes 8-bit pixels `[height, width, channels]` as PNG: 1 channel is grey, 3 are RGB, 4 are RGBA with straight
/// alpha. Sizes must lie within 1...2^31 - 1.
int image_codec_png_encode(const uint8_t *pixels, struct image_codec_size size, int channels, image_codec_sink sink,
                           void *context, char *reason);

#ifdef __cplusplus
}
#endif

#endif
