// Holds every kernel against a plain loop, once for each instruction set that this processor has: random shapes, memory
// that ends at forbidden pages, numbers that are tiny, infinite or none. Runs natively and under qemu-aarch64.
//
//   kernel-checks [rounds] [seed]      rounds of all checks for each set (default 200)
#include <stdarg.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"
#include "private/kernels.h"

static uint64_t state = 1, round_seed;
static const char *set_name = "", *check_name = "";
static long comparisons, failures;

uint64_t random_bits(void) {  // splitmix64
  uint64_t z = (state += 0x9E3779B97F4A7C15u);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}
void random_seed(uint64_t seed) { state = seed; }
int below(int count) { return (int)(random_bits() % (uint64_t)count); }
int one_of(int count, const int *values) { return values[below(count)]; }

// One forbidden page, `SPAN` bytes and another one; taken again and again.
enum { ARENAS = 24, SPAN = 1 << 21 };
static unsigned char *arenas[ARENAS];
static int taken;

unsigned char *fenced_bytes(size_t count) {
  if (taken == ARENAS || count > SPAN) fprintf(stderr, "kernel-checks: %zu bytes do not fit\n", count), exit(2);
  const size_t page = (size_t)sysconf(_SC_PAGESIZE);
  if (!arenas[taken]) {
    unsigned char *all = mmap(NULL, SPAN + 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (all == MAP_FAILED || mprotect(all, page, PROT_NONE) || mprotect(all + page + SPAN, page, PROT_NONE))
      perror("kernel-checks"), exit(2);
    arenas[taken] = all + page;
  }
  unsigned char *start = arenas[taken++];
  return below(4) ? start + SPAN - count : start;
}
float *fenced(size_t count) { return (float *)(void *)fenced_bytes(count * sizeof(float)); }
void release(void) { taken = 0; }

float *numbers(size_t count, kind what) {
  float *all = fenced(count);
  for (size_t i = 0; i < count; i++) {
    const uint64_t bits = random_bits();
    all[i] = (float)((int32_t)(bits >> 32)) * 0x1p-31f;
    if (what == TINY && bits % 3 == 0) all[i] *= 0x1p-130f;
    if (what == WILD && bits % 97 == 0) all[i] = bits % 2 ? NAN : bits % 4 ? INFINITY : -INFINITY;
  }
  return all;
}

void expect(int holds, const char *format, ...) {
  comparisons++;
  if (holds) return;
  if (++failures > 20) return;
  printf("%s, %s, seed %llu: ", set_name, check_name, (unsigned long long)round_seed);
  va_list list;
  va_start(list, format);
  vprintf(format, list);
  va_end(list);
  printf("\n");
}

void expect_near(double got, double wanted, double tolerance, double scale, const char *what, size_t index) {
  const int same = isnan(wanted) ? isnan(got) : isinf(wanted) ? got == wanted : fabs(got - wanted) <= tolerance * scale;
  expect(same, "%s[%zu] is %.9g, not %.9g", what, index, got, wanted);
}

void expect_same_bytes(const void *got, const void *wanted, size_t count, const char *what) {
  expect(memcmp(got, wanted, count) == 0, "%s: bits differ", what);
}

void expect_same_floats(const float *got, const float *wanted, size_t count, const char *what) {
  size_t differ = 0;
  for (size_t i = 0; i < count; i++)
    differ += memcmp(got + i, wanted + i, sizeof *got) != 0 && !(isnan(got[i]) && isnan(wanted[i]));
  expect(differ == 0, "%s: bits of %zu numbers differ", what, differ);
}

#define CHECK(name) {#name, check_##name}
static const struct {
  const char *name;
  void (*run)(void);
} each[] = {CHECK(convolution), CHECK(depthwise), CHECK(packing), CHECK(pool), CHECK(rows), CHECK(elementwise),
            CHECK(functions), CHECK(resize), CHECK(layout), CHECK(pixels)},
  once[] = {CHECK(right_edge), CHECK(halves), CHECK(contracts)};

static void run(const char *name, void (*check)(void), uint64_t seed) {
  check_name = name, round_seed = seed;
  random_seed(seed);
  check();
  release();
}

// A kernel touched memory that is not its own.
static void touched(int number) {
  (void)number;
  printf("%s, %s, seed %llu: touched a forbidden page\n", set_name, check_name, (unsigned long long)round_seed);
  fflush(stdout);
  _exit(3);
}

int main(int count, char **arguments) {
  const long rounds = count > 1 ? strtol(arguments[1], NULL, 10) : 200;
  const uint64_t seed = count > 2 ? strtoull(arguments[2], NULL, 10) : 1;
  static const char *const sets[] = {"baseline", "neon", "avx2", "avx512"};
  int found = 0;
  signal(SIGSEGV, touched), signal(SIGBUS, touched);
  for (size_t s = 0; s < sizeof sets / sizeof *sets; s++) {
    if (!vk_use_kernels(sets[s])) continue;
    found++, set_name = sets[s];
    const long before = comparisons, failed = failures;
    for (size_t i = 0; i < sizeof once / sizeof *once; i++) run(once[i].name, once[i].run, seed);
    for (long round = 0; round < rounds; round++)
      for (size_t i = 0; i < sizeof each / sizeof *each; i++) run(each[i].name, each[i].run, seed * 1000003 + (uint64_t)round);
    printf("%-8s %ld comparisons in %ld rounds, %ld failed\n", sets[s], comparisons - before, rounds, failures - failed);
    fflush(stdout);
  }
  if (found == 0 || comparisons == 0) return printf("kernel-checks: nothing was compared\n"), 2;
  return failures != 0;
}
