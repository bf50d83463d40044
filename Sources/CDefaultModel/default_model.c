#include "CDefaultModel.h"

// `#embed` is C23; clang takes it in C17 with a warning.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const _Alignas(64) unsigned char bytes[] = {
#embed "default.safetensors"
};

const void *default_model_bytes(void) { return bytes; }

size_t default_model_length(void) { return sizeof bytes; }
