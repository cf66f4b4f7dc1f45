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
// x/2 (1 + erf(x / sqrt 2)). erf(u) = u P(u^2) / Q(u^2) up to |u| = 4 (the rational fit of Eigen and XLA: error below 5e-7,
// one division and no exponential); beyond it is 1, so that large negative numbers give nothing.
INLINE vec vgelu(vec x) {
  const vec u = vclamp(x * 0.70710678118654752f, -4, 4), s = u * u;
  vec p = s * -2.72614225801306e-10f + 2.77068142495902e-8f;
  p = p * s - 2.10102402082508e-6f;
  p = p * s - 5.69250639462346e-5f;
  p = p * s - 7.34990630326855e-4f;
  p = p * s - 2.95459980854025e-3f;
  p = p * s - 1.60960333262415e-2f;
  vec q = s * -1.45660718464996e-5f - 2.13374055278905e-4f;
  q = q * s - 1.68282697438203e-3f;
  q = q * s - 7.37332916720468e-3f;
  q = q * s - 1.42647390514189e-2f;
  const vec half = 0.5f * x, erf = vclamp(u * p / q, -1, 1);
  const vec_int low = (vec_int)(u <= -4);
  return half + half * (vec)((low & (vec_int)splat(-1)) | (~low & (vec_int)erf));
}
INLINE vec vlogistic(vec x) { return 1 / (1 + vexp(-x)); }
