#include "private/cpu.h"

#include <stdlib.h>

static int detect(void) {
  int level = 0;
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) level = 1;
  if (level == 1 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq"))
    level = 2;
#endif
  const char *wish = getenv("VIGIL_ISA");
  if (wish && wish[0] >= '0' && wish[0] - '0' < level) level = wish[0] - '0';
  return level;
}

int vk_level(void) {
  // Two threads may both detect; they store the same number.
  static _Atomic int known = -1;
  if (known < 0) known = detect();
  return known;
}
