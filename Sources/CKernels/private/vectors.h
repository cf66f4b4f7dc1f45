// Vectors of the register width that the including file is compiled for. The file defines LANES (16, 8 or 4) before.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define INLINE static inline __attribute__((always_inline))
// Sums stay in registers only when every index into them is a constant.
#define UNROLL _Pragma("clang loop unroll(full)")

// All functions that pass vectors are inlined; their calling convention does not matter.
#pragma clang diagnostic ignored "-Wpsabi"

typedef float vec __attribute__((vector_size(LANES * 4)));
typedef int32_t vec_int __attribute__((vector_size(LANES * 4)));
typedef float vec_loose __attribute__((vector_size(LANES * 4), aligned(4), may_alias));

INLINE vec load(const float *from) { return *(const vec_loose *)from; }
INLINE void store(float *to, vec value) { *(vec_loose *)to = value; }
INLINE vec splat(float x) { return x - (vec){0}; }
// When one of them is no number the result is b, so that a NaN in `b` stays one.
#if LANES == 16
INLINE vec vmax(vec a, vec b) { return (vec)_mm512_max_ps((__m512)a, (__m512)b); }
INLINE vec vmin(vec a, vec b) { return (vec)_mm512_min_ps((__m512)a, (__m512)b); }
#elif LANES == 8
INLINE vec vmax(vec a, vec b) { return (vec)_mm256_max_ps((__m256)a, (__m256)b); }
INLINE vec vmin(vec a, vec b) { return (vec)_mm256_min_ps((__m256)a, (__m256)b); }
#elif defined(__x86_64__)
INLINE vec vmax(vec a, vec b) { return (vec)_mm_max_ps((__m128)a, (__m128)b); }
INLINE vec vmin(vec a, vec b) { return (vec)_mm_min_ps((__m128)a, (__m128)b); }
#else
INLINE vec vmax(vec a, vec b) { return __builtin_elementwise_max(a, b); }
INLINE vec vmin(vec a, vec b) { return __builtin_elementwise_min(a, b); }
#endif
INLINE vec vclamp(vec x, float low, float high) { return vmin(splat(high), vmax(splat(low), x)); }

// The first `count` lanes (0...LANES); the others read as 0 and are not written.
#if LANES == 16
typedef __mmask16 lanes;
INLINE lanes first_lanes(size_t count) { return count >= 16 ? (lanes)0xFFFF : (lanes)((1u << count) - 1); }
INLINE vec load_some(const float *from, lanes mask) { return (vec)_mm512_maskz_loadu_ps(mask, from); }
INLINE void store_some(float *to, vec value, lanes mask) { _mm512_mask_storeu_ps(to, mask, (__m512)value); }
#elif LANES == 8
typedef __m256i lanes;
INLINE lanes first_lanes(size_t count) {
  const __m256i index = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)(count > 8 ? 8 : count)), index);
}
INLINE vec load_some(const float *from, lanes mask) { return (vec)_mm256_maskload_ps(from, mask); }
INLINE void store_some(float *to, vec value, lanes mask) { _mm256_maskstore_ps(to, mask, (__m256)value); }
#else
typedef size_t lanes;
INLINE lanes first_lanes(size_t count) { return count > LANES ? LANES : count; }
INLINE vec load_some(const float *from, lanes mask) {
  vec value = {0};
  for (size_t i = 0; i < mask; i++) value[i] = from[i];
  return value;
}
INLINE void store_some(float *to, vec value, lanes mask) {
  for (size_t i = 0; i < mask; i++) to[i] = value[i];
}
#endif

// e^x by range reduction to 2^n * 2^f and a polynomial for 2^f (Cephes' expf coefficients, relative error < 2e-7).
INLINE vec vexp(vec x) {
  x = vclamp(x, -87.0f, 88.0f);
  const vec n = __builtin_elementwise_floor(x * 1.44269504088896341f + 0.5f);
  const vec r = x - n * 0.693359375f + n * 2.12194440e-4f;
  vec p = r * 1.9875691500e-4f + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1;
  const vec_int power = (__builtin_convertvector(n, vec_int) + 127) << 23;
  return p * (vec)power;
}
// tanh; near 0, where 1 - 2 / (1 + exp(2x)) cancels, by Cephes' polynomial. Relative error < 3e-7.
INLINE vec vtanh(vec x) {
  const vec z = x * x;
  vec p = z * -5.70498872745e-3f + 2.06390887954e-2f;
  p = p * z - 5.37397155531e-2f;
  p = p * z + 1.33314422036e-1f;
  p = p * z - 3.33332819422e-1f;
  const vec near = p * z * x + x, far = 1 - 2 / (1 + vexp(x + x));
  const vec_int small = (vec_int)(z < 0.390625f);
  return (vec)(((vec_int)near & small) | ((vec_int)far & ~small));
}
// x/2 (1 + erf(x / sqrt 2)). With z = |x| / sqrt 2, erfc(z) = t exp(-z^2 + P(t)), t = 1 / (1 + z/2): Numerical Recipes'
// Chebyshev fit, relative error below 1.2e-7 before rounding; for negative x nothing cancels.
INLINE vec vgelu(vec x) {
  const vec z = vmax(x, -x) * 0.70710678118654752f, t = 1 / (1 + 0.5f * z);
  vec p = 0.17087277f * t - 0.82215223f;
  p = p * t + 1.48851587f;
  p = p * t - 1.13520398f;
  p = p * t + 0.27886807f;
  p = p * t - 0.18628806f;
  p = p * t + 0.09678418f;
  p = p * t + 0.37409196f;
  p = p * t + 1.00002368f;
  p = p * t - 1.26551223f;
  const vec tail = 0.5f * t * vexp(p - z * z);
  const vec_int negative = (vec_int)(x < 0);
  return x * (vec)((negative & (vec_int)tail) | (~negative & (vec_int)(1 - tail)));
}
INLINE vec vlogistic(vec x) { return 1 / (1 + vexp(-x)); }
