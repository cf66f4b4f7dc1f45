// Fused multiply-adds with nothing else: as many independent sums as hide their latency.
#include "peak.h"

#include "private/cpu.h"

#define PEAK(NAME, LANES, ATTRIBUTES)                                                         \
  ATTRIBUTES static int64_t NAME(int64_t rounds) {                                            \
    enum { SUMS = 12 };                                                                       \
    typedef float vector __attribute__((vector_size(LANES * 4)));                             \
    vector sum[SUMS], factor = 0.5f - (vector){0}, term = 1.0f - (vector){0};                 \
    for (int s = 0; s < SUMS; s++) sum[s] = term;                                             \
    for (int64_t round = 0; round < rounds; round++) {                                        \
      for (int s = 0; s < SUMS; s++) sum[s] = sum[s] * factor + term;                         \
      for (int s = 0; s < SUMS; s++) __asm__ volatile("" : "+v"(sum[s]));                     \
    }                                                                                         \
    return rounds * SUMS * LANES * 2;                                                         \
  }

#if defined(__x86_64__)
PEAK(peak_avx512, 16, __attribute__((target("avx512f"))))
PEAK(peak_avx2, 8, __attribute__((target("avx2,fma"))))
PEAK(peak_baseline, 4, )

int64_t vk_peak(int64_t rounds) {
  if (vk_level() == 2) return peak_avx512(rounds);
  return vk_level() == 1 ? peak_avx2(rounds) : peak_baseline(rounds);
}
#else
#define v w
PEAK(vk_peak_baseline, 4, )
int64_t vk_peak(int64_t rounds) { return vk_peak_baseline(rounds); }
#endif
