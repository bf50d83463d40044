/// Lists of categories as bytes of the binary (JSON files), so that a moved program still has them.
#ifndef C_CATEGORY_LISTS_H
#define C_CATEGORY_LISTS_H

#include <stddef.h>

/// The file of a list without its ending, for `index` from 0; null behind the last one.
const char *_Nullable category_list_name(size_t index);

/// The first byte of a file, and its length in `length`; null behind the last one.
const unsigned char *_Nullable category_list_bytes(size_t index, size_t *_Nonnull length);

#endif
