#include "mask.h"

/// A walk along the runs of ones.
typedef struct {
  const uint32_t *runs;
  size_t count, next;   // `next`: the run of ones after this one
  uint64_t start, end;  // of the run of ones under way
} walk;

static bool advance(walk *w) {
  if (w->next >= w->count) return false;
  w->start = w->end + w->runs[w->next - 1];
  w->end = w->start + w->runs[w->next];
  w->next += 2;
  return true;
}

uint64_t tk_runs_common_area(const uint32_t *a, size_t a_count, const uint32_t *b, size_t b_count) {
  walk first = {a, a_count, 1, 0, 0}, second = {b, b_count, 1, 0, 0};
  uint64_t area = 0;
  if (!advance(&first) || !advance(&second)) return 0;
  for (;;) {
    const uint64_t start = first.start > second.start ? first.start : second.start;
    const uint64_t end = first.end < second.end ? first.end : second.end;
    if (end > start) area += end - start;
    if (!advance(first.end < second.end ? &first : &second)) return area;
  }
}
