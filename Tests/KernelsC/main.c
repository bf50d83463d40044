// Checks each family of kernels and exits with 1 where one fails. For machines that Swift's tests do not reach, such as an
// emulated one: Scripts/kernel-check builds and runs it.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "families.h"

enum { margin = 67 };
static const float guard_value = -123456.78f;
static const tk_isa all_isas[] = {TK_ISA_SCALAR, TK_ISA_NEON, TK_ISA_AVX2, TK_ISA_AVX512};

static size_t cases, failures;

static void fail(kernel_case c, const char *isa, const char *what) {
  failures++;
  printf("%s, %s, %s: %s\n", c.family, c.what, isa, what);
}

/// Runs the case into the middle of `storage`; false where it wrote outside.
static bool run(kernel_case c, float *storage, tk_isa isa, int threads) {
  for (size_t i = 0; i < c.count + 2 * margin; i++) storage[i] = guard_value;
  if (c.initial) memcpy(storage + margin, c.initial, c.count * sizeof(float));
  tk_force_isa(isa);
  tk_set_thread_count(threads);
  c.run(c.context, storage + margin);
  for (size_t i = 0; i < margin; i++)
    if (storage[i] != guard_value || storage[margin + c.count + i] != guard_value) return false;
  return true;
}

void check(kernel_case c) {
  cases++;
  size_t size = (c.count + 2 * margin) * sizeof(float);
  float *expected = malloc(size), *one = malloc(size), *many = malloc(size);
  if (!expected || !one || !many) {
    puts("There is no memory for the checks.");
    exit(1);
  }
  if (!run(c, expected, TK_ISA_SCALAR, 1)) fail(c, "scalar", "wrote outside");
  for (size_t n = 0; n < sizeof all_isas / sizeof *all_isas; n++) {
    tk_isa isa = all_isas[n];
    if (!tk_supports_isa(isa)) continue;
    const char *name = tk_isa_name(isa);
    if (!run(c, one, isa, 1)) fail(c, name, "wrote outside");
    for (int threads = 2; threads <= 3; threads++) {
      if (!run(c, many, isa, threads)) fail(c, name, "wrote outside with several threads");
      if (memcmp(one, many, size)) fail(c, name, "other bits with several threads");
    }
    for (size_t i = margin; i < margin + c.count; i++) {
      double value = one[i], truth = expected[i];
      bool agrees = isnan(truth) ? isnan(value)
                                 : value == truth || fabs(value - truth) <= c.bound + c.relative * fabs(truth);
      if (agrees) continue;
      char text[120];
      snprintf(text, sizeof text, "number %zu is %.9g, not %.9g", i - margin, value, truth);
      fail(c, name, text);
      break;
    }
  }
  free(expected);
  free(one);
  free(many);
}

// SplitMix64 (Steele, Lea and Flood, 2014).
static uint64_t next(void) {
  static uint64_t state = 1;
  state += 0x9E3779B97F4A7C15u;
  uint64_t z = state;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

void *room(size_t size) {
  void *memory = malloc(size ? size : 1);
  if (!memory) {
    puts("There is no memory for the inputs.");
    exit(1);
  }
  return memory;
}

float *uniform(size_t count, float low, float high) {
  float *values = room(count * sizeof(float));
  for (size_t i = 0; i < count; i++) values[i] = low + (high - low) * (float)(next() >> 40) * 0x1p-24f;
  return values;
}

uint8_t *bytes(size_t count) {
  uint8_t *values = room(count);
  for (size_t i = 0; i < count; i++) values[i] = (uint8_t)next();
  return values;
}

const char *shape2(size_t a, size_t b) {
  static char text[64];
  snprintf(text, sizeof text, "%zu x %zu", a, b);
  return text;
}

const char *shape3(size_t a, size_t b, size_t c) {
  static char text[96];
  snprintf(text, sizeof text, "%zu x %zu x %zu", a, b, c);
  return text;
}

int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  printf("instruction sets:");
  for (size_t n = 0; n < sizeof all_isas / sizeof *all_isas; n++)
    if (tk_supports_isa(all_isas[n])) printf(" %s", tk_isa_name(all_isas[n]));
  puts("");
#define CHECK_FAMILY(name) \
  { \
    size_t before = cases; \
    name(); \
    printf("%s: %zu cases\n", #name, cases - before); \
  }
  EACH_FAMILY(CHECK_FAMILY)
#undef CHECK_FAMILY
  printf("%zu cases, %zu failures\n", cases, failures);
  return failures == 0 ? 0 : 1;
}
