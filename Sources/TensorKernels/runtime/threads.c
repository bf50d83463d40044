// The pool of threads. One loop runs at a time: its caller owns the pool, publishes the loop as a job, works on it
// itself and closes it. Workers that come too late find the job closed and go back to sleep, so nobody waits for a
// thread that has not woken up.
#if defined(__linux__)
#define _GNU_SOURCE
#include <sched.h>
#endif
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "TensorKernels.h"

enum {
  maximum_threads = 256,
  // Looks at the generation before a worker sleeps: some ten microseconds, the pause between two kernels of a network.
  spins = 600,
};

typedef struct {
  void (*body)(void *context, size_t index);
  void *context;
  size_t count;
} loop;

static pthread_mutex_t owner = PTHREAD_MUTEX_INITIALIZER;  // held by whoever's loop runs
static int started;                                         // workers alive; guarded by `owner`

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;  // guards the five variables that follow
static pthread_cond_t wake = PTHREAD_COND_INITIALIZER;
static pthread_cond_t idle = PTHREAD_COND_INITIALIZER;
static loop job;
static int places;  // workers that may still join the job; 0 once it is closed

static _Atomic unsigned generation;  // counts jobs; changed under `lock`, read without it by spinning workers
static _Atomic int working;          // workers on the job; changed under `lock`, read without it by the spinning owner
static _Atomic size_t next_index;

static _Atomic int thread_count;  // 0 until the first question
static _Thread_local bool inside_body;

static void pause_briefly(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

static int clamp_count(long count) {
  return count < 1 ? 1 : count > maximum_threads ? maximum_threads : (int)count;
}

static int default_count(void) {
  const char *wish = getenv("SEMANTIC_SAM_THREADS");
  if (wish) {
    char *end;
    long count = strtol(wish, &end, 10);
    if (end != wish && *end == 0 && count >= 1) return clamp_count(count);
  }
#if defined(__linux__)
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return clamp_count(CPU_COUNT(&set));
#endif
  return clamp_count(sysconf(_SC_NPROCESSORS_ONLN));
}

int tk_thread_count(void) {
  int count = atomic_load_explicit(&thread_count, memory_order_relaxed);
  if (count == 0) {
    int wanted = default_count();
    // Whoever sets a number in the meantime wins.
    if (atomic_compare_exchange_strong(&thread_count, &count, wanted)) count = wanted;
  }
  return count;
}

void tk_set_thread_count(int count) { atomic_store(&thread_count, clamp_count(count)); }

static void work(const loop *task) {
  bool outer = inside_body;
  inside_body = true;
  for (size_t i; (i = atomic_fetch_add_explicit(&next_index, 1, memory_order_relaxed)) < task->count;)
    task->body(task->context, i);
  inside_body = outer;
}

static void *worker(void *unused) {
  (void)unused;
  unsigned seen = 0;
  for (;;) {
    for (int i = 0; i < spins && atomic_load_explicit(&generation, memory_order_relaxed) == seen; i++) pause_briefly();
    pthread_mutex_lock(&lock);
    while (atomic_load_explicit(&generation, memory_order_relaxed) == seen) pthread_cond_wait(&wake, &lock);
    seen = atomic_load_explicit(&generation, memory_order_relaxed);
    bool joins = places > 0;
    loop task = job;
    if (joins) {
      places--;
      atomic_fetch_add_explicit(&working, 1, memory_order_relaxed);
    }
    pthread_mutex_unlock(&lock);
    if (!joins) continue;

    work(&task);

    pthread_mutex_lock(&lock);
    if (atomic_fetch_sub_explicit(&working, 1, memory_order_relaxed) == 1) pthread_cond_signal(&idle);
    pthread_mutex_unlock(&lock);
  }
  return NULL;
}

/// Starts workers until there are `wanted`; with fewer where the system gives no more.
static void start_workers(int wanted) {
  if (started >= wanted) return;
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) return;
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  // Signals are for the program's own threads.
  sigset_t all, former;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &former);
  pthread_t thread;
  while (started < wanted && pthread_create(&thread, &attributes, worker, NULL) == 0) started++;
  pthread_sigmask(SIG_SETMASK, &former, NULL);
  pthread_attr_destroy(&attributes);
}

static void run_serially(const loop *task) {
  bool outer = inside_body;
  inside_body = true;
  for (size_t i = 0; i < task->count; i++) task->body(task->context, i);
  inside_body = outer;
}

void tk_parallel_for(size_t count, void (*body)(void *context, size_t index), void *context) {
  loop task = {body, context, count};
  int threads = tk_thread_count();
  if (count < (size_t)threads) threads = (int)count;
  if (threads <= 1 || inside_body || pthread_mutex_trylock(&owner) != 0) {
    run_serially(&task);
    return;
  }
  start_workers(threads - 1);

  pthread_mutex_lock(&lock);
  job = task;
  places = threads - 1;
  atomic_store_explicit(&next_index, 0, memory_order_relaxed);
  atomic_fetch_add_explicit(&generation, 1, memory_order_relaxed);
  pthread_cond_broadcast(&wake);
  pthread_mutex_unlock(&lock);

  work(&task);

  for (int i = 0; i < spins && atomic_load_explicit(&working, memory_order_relaxed) > 0; i++) pause_briefly();
  pthread_mutex_lock(&lock);
  places = 0;
  while (atomic_load_explicit(&working, memory_order_relaxed) > 0) pthread_cond_wait(&idle, &lock);
  pthread_mutex_unlock(&lock);
  pthread_mutex_unlock(&owner);
}
