// Fused multiply-adds with nothing else: as many independent sums as hide their latency.
#pragma once
#include "../include/peak.h"
#include "vectors.h"

// Keeps the compiler from knowing what the register holds.
#if defined(__x86_64__)
#define UNKNOWN(value) __asm__ volatile("" : "+v"(value))
#elif defined(__aarch64__)
#define UNKNOWN(value) __asm__ volatile("" : "+w"(value))
#else
#define UNKNOWN(value) __asm__ volatile("" : "+m"(value))
#endif

static int64_t peak(int64_t rounds) {
  enum { SUMS = 12 };
  vec sum[SUMS];
  const vec factor = splat(0.5f), term = splat(1.0f);
  UNROLL for (int s = 0; s < SUMS; s++) sum[s] = term;
  for (int64_t round = 0; round < rounds; round++) {
    UNROLL for (int s = 0; s < SUMS; s++) sum[s] = sum[s] * factor + term;
    UNROLL for (int s = 0; s < SUMS; s++) UNKNOWN(sum[s]);
  }
  return rounds * SUMS * LANES * 2;
}
