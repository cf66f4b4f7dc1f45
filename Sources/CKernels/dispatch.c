// The choice of the instruction set, once for the whole process, and the public functions over it.
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "isa.h"
#include "private/kernels.h"

// What this program was built with, the best first; and whether this processor can run it.
typedef struct {
  const vk_kernel_table *table;
  int (*runs)(void);
} candidate;

static int always(void) { return 1; }

#if defined(__x86_64__)
static int runs_avx2(void) {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c") &&
         __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
}
static int runs_avx512(void) {
  return runs_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq");
}
static const candidate candidates[] = {
    {&vk_kernels_avx512, runs_avx512}, {&vk_kernels_avx2, runs_avx2}, {&vk_kernels_baseline, always}};
#elif defined(__aarch64__)
static const candidate candidates[] = {{&vk_kernels_neon, always}, {&vk_kernels_baseline, always}};
#else
static const candidate candidates[] = {{&vk_kernels_baseline, always}};
#endif
enum { CANDIDATES = sizeof candidates / sizeof *candidates };

// The table of that name, if this processor can run it; of no name the best.
static const vk_kernel_table *find(const char *name) {
  for (int i = 0; i < CANDIDATES; i++)
    if ((!name || strcmp(name, candidates[i].table->name) == 0) && candidates[i].runs()) return candidates[i].table;
  return NULL;
}

// An empty variable is as good as none.
static const char *wish(void) {
  const char *name = getenv("VIGIL_ISA");
  return name && *name ? name : NULL;
}

// Two threads may both choose; they store the same address of a constant, so that no order is needed.
static const vk_kernel_table *_Atomic chosen;

const vk_kernel_table *vk_kernels(void) {
  const vk_kernel_table *table = atomic_load_explicit(&chosen, memory_order_relaxed);
  if (table) return table;
  table = find(wish());
  if (!table) table = find(NULL);
  atomic_store_explicit(&chosen, table, memory_order_relaxed);
  return table;
}

int vk_use_kernels(const char *name) {
  const vk_kernel_table *table = find(name);
  if (table) atomic_store_explicit(&chosen, table, memory_order_relaxed);
  return table != NULL;
}

const char *vk_instruction_set(void) { return vk_kernels()->name; }

const char *vk_instruction_set_problem(void) {
  static char text[200];
  const char *name = wish();
  if (!name || find(name)) return NULL;
  char choices[80] = "";
  for (int i = CANDIDATES - 1; i >= 0; i--) {
    if (!candidates[i].runs()) continue;
    if (*choices) strcat(choices, ", ");
    strcat(choices, candidates[i].table->name);
  }
  // The name is a stranger's: only letters and digits of it are repeated.
  char shown[24];
  size_t length = 0;
  for (; name[length] && length < sizeof shown - 1; length++) {
    const char c = name[length];
    const int plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    shown[length] = plain ? c : '?';
  }
  shown[length] = 0;
  snprintf(text, sizeof text, "VIGIL_ISA is \"%s\"; this processor has the instruction sets %s", shown, choices);
  return text;
}

#define VK_DEFINE(name, result, parameters, arguments) \
  result vk_##name parameters { return vk_kernels()->name arguments; }
VK_EACH_KERNEL(VK_DEFINE)
