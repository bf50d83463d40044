#include "check.h"

#include <math.h>

typedef struct {
  size_t count, channels;
  const float *a, *b;
  const void *numbers;
} operands;

static void add(const void *context, float *output) {
  const operands *o = context;
  tk_add_f32(o->count, o->a, o->b, output);
}

static void add_row(const void *context, float *output) {
  const operands *o = context;
  tk_add_row_f32(o->count / o->channels, o->channels, o->a, o->b, output);
}

static void sigmoid(const void *context, float *output) {
  const operands *o = context;
  tk_sigmoid_f32(o->count, o->a, output);
}

static void inverse_sigmoid(const void *context, float *output) {
  const operands *o = context;
  tk_inverse_sigmoid_f32(o->count, 1e-5f, o->b, output);
}

static void sine_boxes(const void *context, float *output) {
  const operands *o = context;
  tk_sine_boxes_f32(o->count / 4, o->channels, o->b, output);
}

static void sine_positions(const void *context, float *output) {
  const operands *o = context;
  tk_sine_positions_f32(o->count, 5, o->channels, output);
}

static void from_bf16(const void *context, float *output) {
  const operands *o = context;
  tk_convert_bf16_f32(o->count, o->numbers, output);
}

static void from_f16(const void *context, float *output) {
  const operands *o = context;
  tk_convert_f16_f32(o->count, o->numbers, output);
}

static void from_f64(const void *context, float *output) {
  const operands *o = context;
  tk_convert_f64_f32(o->count, o->numbers, output);
}

static void narrow(const operands *o, void (*convert)(size_t, const float *, uint16_t *), float *output) {
  uint16_t *numbers = tk_memory_acquire(o->count * sizeof *numbers);
  if (!numbers) return;
  convert(o->count, o->a, numbers);
  for (size_t i = 0; i < o->count; i++) output[i] = numbers[i];
  tk_memory_release(numbers);
}

static void to_bf16(const void *context, float *output) { narrow(context, tk_convert_f32_bf16, output); }
static void to_f16(const void *context, float *output) { narrow(context, tk_convert_f32_f16, output); }

void elementwise(void) {
  static const size_t counts[] = {1, 3, 4, 15, 16, 17, 100, 1000};
  for (size_t n = 0; n < 8; n++) {
    size_t count = counts[n];
    float *a = uniform(count, -20, 20);
    if (count > 3) {
      a[0] = NAN;
      a[1] = INFINITY;
      a[2] = -INFINITY;
      a[3] = -0.0f;
    }
    operands o = {count, 1, a, uniform(count, -0.1f, 1.1f), NULL};
    const char *what = shape2(count, 1);
    check((kernel_case){"add", what, count, NULL, 0, 0, add, &o});
    check((kernel_case){"sigmoid", what, count, NULL, 0x1p-148, 8 * unit_roundoff, sigmoid, &o});
    check((kernel_case){"inverse sigmoid", what, count, NULL, 4e-7, 4 * unit_roundoff, inverse_sigmoid, &o});
    check((kernel_case){"to bf16", what, count, NULL, 0, 0, to_bf16, &o});
    check((kernel_case){"to f16", what, count, NULL, 0, 0, to_f16, &o});
    o.numbers = bytes(8 * count + 1) + 1;
    check((kernel_case){"from bf16", what, count, NULL, 0, 0, from_bf16, &o});
    check((kernel_case){"from f16", what, count, NULL, 0, 0, from_f16, &o});
    check((kernel_case){"from f64", what, count, NULL, 0, 0, from_f64, &o});
    if (count % 4 == 0) {
      for (o.channels = 2; o.channels <= 48; o.channels += 23 + o.channels % 2)
        check((kernel_case){
            "sine of boxes", shape2(count, o.channels), count * o.channels, NULL, 4e-7, 0, sine_boxes, &o});
      o.channels = count / 4;
      check((kernel_case){"add row", what, count, NULL, 0, 0, add_row, &o});
    }
  }
  for (size_t channels = 4; channels <= 64; channels += 20) {
    operands o = {7, channels, NULL, NULL, NULL};
    check((kernel_case){
        "sine of positions", shape2(7, channels), 7 * 5 * channels, NULL, 4e-7, 0, sine_positions, &o});
  }
}
