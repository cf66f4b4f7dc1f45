// Vectors of the register width that the including file is compiled for. It defines before:
//   LANES      floats in a register: 16, 8 or 4
//   REGISTERS  how many registers there are: 32 or 16
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#define INLINE static inline __attribute__((always_inline))
// Sums stay in registers only when every index into them is a constant.
#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#define VECTORIZE _Pragma("clang loop vectorize(enable)")
#else
#define UNROLL _Pragma("GCC unroll 16")
#define VECTORIZE
#endif

// The most pixels whose sums a tile of two vectors each keeps in registers. On ARM a tile also holds a vector of inputs
// for each pixel.
#if LANES == 16
#define ROWS 12
#elif REGISTERS == 32
#define ROWS 8
#else
#define ROWS 6
#endif

// All functions that pass vectors are inlined; their calling convention does not matter.
#pragma GCC diagnostic ignored "-Wpsabi"

typedef float vec __attribute__((vector_size(LANES * 4)));
typedef int32_t vec_int __attribute__((vector_size(LANES * 4)));
typedef float vec_loose __attribute__((vector_size(LANES * 4), aligned(4), may_alias));

INLINE vec load(const float *from) { return *(const vec_loose *)from; }
INLINE void store(float *to, vec value) { *(vec_loose *)to = value; }
INLINE vec splat(float x) { return x - (vec){0}; }
// Lanes of a where the mask is -1, of b where it is 0.
INLINE vec choose(vec_int mask, vec a, vec b) { return (vec)(((vec_int)a & mask) | ((vec_int)b & ~mask)); }

// Everywhere the result is b when one of the two is no number: a NaN in b stays one, a NaN in a is lost. ARM's own
// instructions keep or lose both, so that a comparison and a choice are made of it there.
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
INLINE vec vmax(vec a, vec b) { return choose((vec_int)(a > b), a, b); }
INLINE vec vmin(vec a, vec b) { return choose((vec_int)(a < b), a, b); }
#endif
// low and high are numbers; x may be none and then stays none. FMAX and FMIN of ARM do just that.
#if defined(__aarch64__) && LANES == 4
INLINE vec vclamp(vec x, float low, float high) {
  return (vec)vminq_f32((float32x4_t)splat(high), vmaxq_f32((float32x4_t)splat(low), (float32x4_t)x));
}
#else
INLINE vec vclamp(vec x, float low, float high) { return vmin(splat(high), vmax(splat(low), x)); }
#endif

// The first `count` lanes (0...LANES); the others read as 0 and are not written. Memory behind them is not touched.
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
  if (mask == LANES) return load(from);
  vec value = {0};
  for (size_t i = 0; i < mask; i++) value[i] = from[i];
  return value;
}
INLINE void store_some(float *to, vec value, lanes mask) {
  if (mask == LANES) return store(to, value);
  for (size_t i = 0; i < mask; i++) to[i] = value[i];
}
#endif
