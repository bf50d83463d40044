#include "check.h"

typedef struct {
  size_t rows, channels, groups;
  const float *input, *addend, *weight, *bias;
  tk_activation activation;
} norm;

static void layer(const void *context, float *output) {
  const norm *n = context;
  tk_layer_norm_f32(n->rows, n->channels, n->input, n->addend, n->weight, n->bias, 1e-5f, output);
}

static void group(const void *context, float *output) {
  const norm *n = context;
  tk_group_norm_f32(
      n->rows, n->channels, n->groups, n->input, n->weight, n->bias, 1e-5f, n->activation, output);
}

void norms(void) {
  static const size_t channels[] = {2, 5, 8, 31, 96, 257};
  for (size_t c = 0; c < 6; c++) {
    for (size_t rows = 1; rows <= 9; rows += 4) {
      size_t count = rows * channels[c];
      norm n = {rows, channels[c], 1, uniform(count, -3, 3), NULL, uniform(channels[c], -1, 1),
                uniform(channels[c], -1, 1), TK_ACTIVATION_NONE};
      check((kernel_case){"layer norm", shape2(rows, channels[c]), count, NULL, 1e-5, 0, layer, &n});
      n.addend = uniform(count, -1, 1);
      check((kernel_case){"layer norm of a sum", shape2(rows, channels[c]), count, NULL, 1e-5, 0, layer, &n});
    }
  }
  static const size_t groups[][2] = {{6, 3}, {32, 8}, {96, 32}, {64, 1}, {7, 7}};
  for (size_t g = 0; g < 5; g++) {
    for (size_t positions = 3; positions <= 103; positions += 50) {
      size_t count = positions * groups[g][0];
      norm n = {positions, groups[g][0], groups[g][1], uniform(count, -3, 3), NULL, uniform(groups[g][0], -1, 1),
                uniform(groups[g][0], -1, 1), g % 2 ? TK_ACTIVATION_RELU : TK_ACTIVATION_NONE};
      check((kernel_case){"group norm", shape3(positions, groups[g][0], groups[g][1]), count, NULL, 1e-5, 0, group, &n});
    }
  }
}
