// Functions of one float that compilers turn into vector code.
#pragma once
#include <math.h>
#include <stdint.h>

// exp by range reduction to 2^n * 2^f and a polynomial for 2^f (Cephes' expf coefficients, relative error < 2e-7).
static inline float fast_exp(float x) {
  x = x < -87.0f ? -87.0f : x > 89.0f ? 89.0f : x;
  const float n = floorf(x * 1.44269504088896341f + 0.5f);
  const float r = x - n * 0.693359375f + n * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1;
  // In two factors, so that the largest results are reached and larger ones become infinite.
  union { int32_t bits; float value; } power = {.bits = ((int32_t)n + 126) << 23};
  return p * power.value * 2;
}

// tanh; near 0, where 1 - 2 / (1 + exp(2x)) cancels, by Cephes' polynomial. Relative error < 3e-7.
static inline float fast_tanh(float x) {
  const float z = x * x;
  float p = -5.70498872745e-3f;
  p = p * z + 2.06390887954e-2f;
  p = p * z - 5.37397155531e-2f;
  p = p * z + 1.33314422036e-1f;
  p = p * z - 3.33332819422e-1f;
  const float far = 1 - 2 / (1 + fast_exp(2 * x));
  return z < 0.390625f ? p * z * x + x : far;
}
