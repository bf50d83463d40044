// Inner loop of window attention; one thread.
#ifndef TK_WINDOW_H
#define TK_WINDOW_H

#include "window_layout.h"

/// One head of one window, gathered: rows of `padded` numbers hold `tokens` keys and anything behind them.
typedef struct {
  size_t tokens, padded, head_size;
  const float *queries;    // [tokens, head_size], scaled
  const float *keys;       // [head_size, padded]
  const float *values;     // [tokens, head_size]
  const float *bias;       // [tokens, padded]
  const int32_t *regions;  // [tokens]; NULL: all are one region
  float *scores;           // scratch, [4, padded]
  float *output;           // [tokens, head_size]
} tk_window_work;

typedef void tk_window_head(const tk_window_work *work);
TK_DECLARE_ISAS(tk_window_head, tk_window_head);

#endif
