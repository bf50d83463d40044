// The recycling pool: blocks in size classes of a quarter of a power of two (64, 80, 96, 112, 128, 160, ...), so at
// most a quarter of a block is wasted, and a free list for each class. A network asks for the same sizes again and
// again; after its first run the system is not asked any more and no page is faulted in again. Large requests also take
// blocks of up to twice their size: maps of different stages need not all be kept at once.
#define _DEFAULT_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "TensorKernels.h"

enum {
  alignment = 64,
  class_count = 4 * 42,  // up to 7 * 2^45 bytes
  huge_page = 2 << 20,
  wider_classes = 4,  // that a large request looks through
};

/// What the pool keeps at most of blocks nobody uses.
static const size_t retained_limit = (size_t)768 << 20;

/// Stands in the 64 bytes before each block.
typedef struct header {
  struct header *next;
  size_t class_index;
} header;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;  // guards the three variables that follow
static header *free_blocks[class_count];
static size_t retained;
static size_t keepers;  // calls of `tk_memory_begin_keeping` that have not ended

static _Atomic size_t system_allocations;

/// Bytes of a block of class 4 * e + q: 2^(e + 6) * (1 + q / 4).
static size_t class_bytes(size_t class_index) {
  return ((size_t)(4 + class_index % 4) << (class_index / 4)) * (alignment / 4);
}

/// The smallest class that holds `bytes`.
static size_t class_of(size_t bytes) {
  if (bytes <= alignment) return 0;
  // bytes - 1 lies in 2^power ..< 2^(power + 1); the class is the next quarter step above it.
  size_t power = 63 - (size_t)__builtin_clzll((unsigned long long)(bytes - 1));
  size_t quarter = ((bytes - 1) >> (power - 2)) & 3;
  return 4 * (power - 6) + quarter + 1;
}

/// Memory of the system. Large blocks are asked for in huge pages, where the system has them: the first touch of 2 MiB is one
/// interruption then, not 512.
static void *system_memory(size_t bytes) {
  void *memory = NULL;
#ifdef MADV_HUGEPAGE
  if (bytes >= 2 * (size_t)huge_page) {
    if (posix_memalign(&memory, huge_page, bytes) != 0) return NULL;
    (void)madvise(memory, bytes / huge_page * huge_page, MADV_HUGEPAGE);
    return memory;
  }
#endif
  return posix_memalign(&memory, alignment, bytes) == 0 ? memory : NULL;
}

void *tk_memory_acquire(size_t bytes) {
  if (bytes > (size_t)1 << 46) return NULL;
  size_t class_index = class_of(bytes);

  size_t last = bytes >= huge_page ? class_index + wider_classes : class_index;
  if (last >= class_count) last = class_count - 1;
  header *block = NULL;
  pthread_mutex_lock(&lock);
  for (size_t i = class_index; i <= last && !block; i++) {
    block = free_blocks[i];
    if (!block) continue;
    free_blocks[i] = block->next;
    retained -= class_bytes(i);
  }
  pthread_mutex_unlock(&lock);

  if (!block) {
    void *memory = system_memory(alignment + class_bytes(class_index));
    if (!memory) return NULL;
    atomic_fetch_add_explicit(&system_allocations, 1, memory_order_relaxed);
    block = memory;
    block->class_index = class_index;
  }
  return (char *)block + alignment;
}

void tk_memory_release(void *block) {
  if (!block) return;
  header *head = (header *)((char *)block - alignment);
  size_t bytes = class_bytes(head->class_index);

  pthread_mutex_lock(&lock);
  bool keeps = keepers > 0 || retained + bytes <= retained_limit;
  if (keeps) {
    head->next = free_blocks[head->class_index];
    free_blocks[head->class_index] = head;
    retained += bytes;
  }
  pthread_mutex_unlock(&lock);

  if (!keeps) free(head);
}

void tk_memory_begin_keeping(void) {
  pthread_mutex_lock(&lock);
  keepers++;
  pthread_mutex_unlock(&lock);
}

void tk_memory_end_keeping(void) {
  pthread_mutex_lock(&lock);
  if (keepers > 0) keepers--;
  pthread_mutex_unlock(&lock);
}

size_t tk_memory_trim(void) {
  header *all = NULL;
  pthread_mutex_lock(&lock);
  for (size_t i = 0; i < class_count; i++)
    while (free_blocks[i]) {
      header *block = free_blocks[i];
      free_blocks[i] = block->next;
      block->next = all;
      all = block;
    }
  size_t bytes = retained;
  retained = 0;
  pthread_mutex_unlock(&lock);

  while (all) {
    header *block = all;
    all = block->next;
    free(block);
  }
  return bytes;
}

size_t tk_memory_system_allocations(void) {
  return atomic_load_explicit(&system_allocations, memory_order_relaxed);
}
