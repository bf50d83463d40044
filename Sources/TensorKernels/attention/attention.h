// Inner loop of multi-head attention; one thread.
#ifndef TK_ATTENTION_H
#define TK_ATTENTION_H

#include "../runtime/isa.h"

/// Keys whose scores are held at a time; a longer row of scores is joined piece by piece, as in Milakov and Gimelshein,
/// "Online normalizer calculation for softmax" (2018), so that no size needs scratch.
#define TK_ATTENTION_KEYS 64

/// One head of one group: `queries` rows of q against `keys` rows of k and v. Pointers are to the head's first channel.
typedef void tk_attention_head(
    size_t queries, size_t keys, size_t head_size, const float *q, size_t q_stride, const float *k, size_t k_stride,
    const float *v, size_t v_stride, float scale, float *output, size_t output_stride);
TK_DECLARE_ISAS(tk_attention_head, tk_attention_head);

#endif
