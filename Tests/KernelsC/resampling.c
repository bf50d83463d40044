#include "check.h"

typedef struct {
  size_t height, width, channels, output_height, output_width;
  bool accumulates;
  const float *map, *boxes;
  const uint8_t *pixels;
} resize;

static void bilinear(const void *context, float *output) {
  const resize *r = context;
  tk_resize_bilinear_f32(
      r->height, r->width, r->channels, r->map, r->output_height, r->output_width, r->accumulates, output);
}

// Bytes are compared as numbers.
static void widen(const uint8_t *pixels, size_t count, float *output) {
  for (size_t i = 0; i < count; i++) output[i] = pixels[i];
}

static void bicubic_bytes(const void *context, float *output) {
  const resize *r = context;
  size_t count = r->output_height * r->output_width * r->channels;
  uint8_t *pixels = tk_memory_acquire(count);
  if (pixels && tk_resize_bicubic_u8(
                    r->height, r->width, r->channels, r->pixels, r->width * r->channels, r->output_height,
                    r->output_width, pixels))
    widen(pixels, count, output);
  tk_memory_release(pixels);
}

static void bilinear_bytes(const void *context, float *output) {
  const resize *r = context;
  size_t count = r->output_height * r->output_width * r->channels;
  uint8_t *pixels = tk_memory_acquire(count);
  if (pixels && tk_resize_bilinear_u8(
                    r->height, r->width, r->channels, r->pixels, r->width * r->channels, r->output_height,
                    r->output_width, pixels))
    widen(pixels, count, output);
  tk_memory_release(pixels);
}

static void normalize(const void *context, float *output) {
  const resize *r = context;
  const float mean[3] = {123.675f, 116.28f, 103.53f}, deviation[3] = {58.395f, 57.12f, 57.375f};
  tk_normalize_u8(r->height, r->width, r->pixels, r->output_height, r->output_width, mean, deviation, output);
}

enum { grid = 7, box_count = 3 };

static void sample(const void *context, float *output) {
  const resize *r = context;
  tk_sample_boxes_f32(
      box_count, r->boxes, grid, 1.5f, r->height, r->width, r->channels, r->map, 0, output, r->channels);
}

void resampling(void) {
  static const size_t sizes[][4] = {{1, 1, 3, 2}, {5, 7, 10, 14}, {9, 4, 5, 3}, {8, 8, 8, 8}, {3, 11, 17, 6}};
  static const size_t channels[] = {1, 3, 8, 19, 32};
  for (size_t n = 0; n < 5; n++) {
    for (size_t c = 0; c < 5; c++) {
      resize r = {sizes[n][0], sizes[n][1], channels[c], sizes[n][2], sizes[n][3], false, NULL, NULL, NULL};
      size_t count = r.output_height * r.output_width * r.channels;
      r.map = uniform(r.height * r.width * r.channels, -1, 1);
      const char *what = shape3(r.height, r.width, r.channels);
      check((kernel_case){"bilinear", what, count, NULL, 8 * unit_roundoff, 0, bilinear, &r});
      r.accumulates = true;
      check((kernel_case){
          "bilinear, added", what, count, uniform(count, -1, 1), 12 * unit_roundoff, 0, bilinear, &r});
      r.boxes = uniform(4 * box_count, 0.1f, 0.9f);
      check((kernel_case){
          "samples of boxes", what, box_count * grid * grid * r.channels, NULL, 8 * unit_roundoff, 0, sample, &r});
      if (r.channels > 3) continue;
      r.pixels = bytes(r.height * r.width * r.channels);
      check((kernel_case){"bicubic bytes", what, count, NULL, 0, 0, bicubic_bytes, &r});
      check((kernel_case){"bilinear bytes", what, count, NULL, 0, 0, bilinear_bytes, &r});
      if (r.channels != 3) continue;
      r.output_height = r.height + n;
      r.output_width = r.width + 2 * n;
      check((kernel_case){
          "normalize", what, r.output_height * r.output_width * 3, NULL, 2e-6, 0, normalize, &r});
    }
  }
}
