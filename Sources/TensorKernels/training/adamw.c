#include <math.h>

#include "TensorKernels.h"

enum { NUMBERS_A_TASK = 1 << 14 };

typedef struct {
  size_t count;
  tk_adamw_step step;
  const float *gradient;
  float *parameter, *mean, *square;
} adamw_work;

static void adamw_task(void *context, size_t index) {
  const adamw_work *w = context;
  const tk_adamw_step s = w->step;
  const size_t first = index * NUMBERS_A_TASK, rest = w->count - first;
  const size_t count = rest < NUMBERS_A_TASK ? rest : NUMBERS_A_TASK;
  const float *restrict gradient = w->gradient + first;
  float *restrict parameter = w->parameter + first, *restrict mean = w->mean + first,
        *restrict square = w->square + first;
  const float first_share = (float)(1 - s.beta1), second_share = (float)(1 - s.beta2), kept = (float)s.beta2;
  const float shrink = (float)(1 - s.rate * s.decay), step = (float)(s.rate / s.correction1);
  const float deviation = (float)(1 / sqrt(s.correction2)), epsilon = (float)s.epsilon, scale = (float)s.scale;
  for (size_t i = 0; i < count; i++) {
    const float g = gradient[i] * scale;
    mean[i] += first_share * (g - mean[i]);
    square[i] = kept * square[i] + second_share * g * g;
    parameter[i] = parameter[i] * shrink - step * (mean[i] / (sqrtf(square[i]) * deviation + epsilon));
  }
}

void tk_adamw_f32(
    size_t count, tk_adamw_step step, const float *gradient, float *parameter, float *mean, float *square) {
  adamw_work work = {count, step, gradient, parameter, mean, square};
  tk_parallel_for((count + NUMBERS_A_TASK - 1) / NUMBERS_A_TASK, adamw_task, &work);
}
