/// The weights of the default model as bytes of the binary (a safetensors file), so that a moved program still has them.
#ifndef C_DEFAULT_MODEL_H
#define C_DEFAULT_MODEL_H

#include <stddef.h>

/// The first byte of the file, aligned to 64.
const void *_Nonnull default_model_bytes(void);

/// The file's length in bytes.
size_t default_model_length(void);

#endif
