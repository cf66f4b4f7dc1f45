// The speed limit of one core, measured.
#pragma once
#include <stdint.h>

// Fused multiply-adds on registers only, `rounds` times; returns how many multiplications and additions that were.
int64_t vk_peak(int64_t rounds);

// Tells the processor that this thread only waits.
static inline void vk_relax(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}
