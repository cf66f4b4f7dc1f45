// IEEE half precision to single.
#pragma once
#include "../include/layout.h"
#include "vectors.h"

static inline float widen(uint16_t half) {
  const uint32_t sign = (uint32_t)(half & 0x8000) << 16, rest = half & 0x7FFF;
  uint32_t bits;
  if (rest >= 0x7C00) bits = sign | 0x7F800000 | (rest & 0x3FF) << 13;  // infinite or no number
  else if (rest >= 0x0400) bits = sign | ((rest << 13) + 0x38000000);
  else {  // too small for an exponent of its own: rest * 2^-24
    const float value = (float)rest * 5.9604644775390625e-8f;
    memcpy(&bits, &value, 4);
    bits |= sign;
  }
  float result;
  memcpy(&result, &bits, 4);
  return result;
}

static void widen_halves(const void *halves, size_t count, float *out) {
  const unsigned char *bytes = halves;
  size_t i = 0;
#if defined(__x86_64__) && LANES >= 8
  for (; i + 8 <= count; i += 8)
    _mm256_storeu_ps(out + i, _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(const void *)(bytes + 2 * i))));
#elif defined(__aarch64__)
  for (; i + 4 <= count; i += 4) {
    float16x4_t four;
    memcpy(&four, bytes + 2 * i, sizeof four);
    vst1q_f32(out + i, vcvt_f32_f16(four));
  }
#endif
  for (; i < count; i++) {
    uint16_t half;
    memcpy(&half, bytes + 2 * i, 2);
    out[i] = widen(half);
  }
}
