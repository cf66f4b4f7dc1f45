// Packing of weights, and the choice of the kernels' clone.
#include "convolution.h"

#include <string.h>

#include "layout.h"
#include "pool.h"
#include "private/cpu.h"

#define CLONES(name)                                             \
  void name##_baseline(const vk_convolution *, int32_t, int32_t); \
  void name##_avx2(const vk_convolution *, int32_t, int32_t);     \
  void name##_avx512(const vk_convolution *, int32_t, int32_t);
CLONES(vk_convolve)
CLONES(vk_depthwise)

#define POOL(name) void name(const vk_pool *, const float *, float *, int32_t, int32_t);
POOL(vk_pool_run_baseline)
POOL(vk_pool_run_avx2)
POOL(vk_pool_run_avx512)

static size_t width(void) { return (size_t)4 << vk_level(); }

size_t vk_packed_count(size_t outputs, size_t taps, size_t channels) {
  const size_t lanes = width();
  return (outputs + lanes - 1) / lanes * lanes * (taps * channels + 1);
}

void vk_pack_weights(const float *weights, const float *bias, size_t outputs, size_t taps, size_t channels,
                     float *packed) {
  const size_t lanes = width(), steps = taps * channels;
  for (size_t first = 0; first < outputs;) {
    const size_t panel = outputs - first > lanes ? 2 * lanes : lanes;
    const size_t real = outputs - first < panel ? outputs - first : panel;
    for (size_t n = 0; n < real; n++) packed[n] = bias ? bias[first + n] : 0;
    for (size_t n = real; n < panel; n++) packed[n] = 0;
    packed += panel;
    if (real < panel) memset(packed, 0, sizeof(float) * steps * panel);
    const size_t shape[2] = {real, steps};
    const ptrdiff_t from[2] = {(ptrdiff_t)steps, 1}, to[2] = {1, (ptrdiff_t)panel};
    vk_move(weights + first * steps, packed, 2, shape, from, to);
    packed += steps * panel;
    first += panel;
  }
}

int vk_paired(size_t outputs, size_t channels) { return vk_level() == 2 && outputs <= 8 && channels % 2 == 0; }

void vk_pack_pairs(const float *weights, const float *bias, size_t outputs, size_t channels, float *packed) {
  memset(packed, 0, sizeof(float) * vk_packed_count(outputs, 1, channels));
  for (size_t n = 0; n < outputs; n++) {
    if (bias) packed[2 * n] = bias[n];
    for (size_t k = 0; k < channels; k++)
      packed[16 + k / 2 * 16 + 2 * n + k % 2] = weights[n * channels + k];
  }
}

void vk_convolve(const vk_convolution *convolution, int32_t begin, int32_t end) {
#if defined(__x86_64__)
  if (vk_level() == 2) return vk_convolve_avx512(convolution, begin, end);
  if (vk_level() == 1) return vk_convolve_avx2(convolution, begin, end);
#endif
  vk_convolve_baseline(convolution, begin, end);
}

void vk_depthwise(const vk_convolution *convolution, int32_t begin, int32_t end) {
#if defined(__x86_64__)
  if (vk_level() == 2) return vk_depthwise_avx512(convolution, begin, end);
  if (vk_level() == 1) return vk_depthwise_avx2(convolution, begin, end);
#endif
  vk_depthwise_baseline(convolution, begin, end);
}

void vk_pool_run(const vk_pool *pool, const float *in, float *out, int32_t begin, int32_t end) {
#if defined(__x86_64__)
  if (vk_level() == 2) return vk_pool_run_avx512(pool, in, out, begin, end);
  if (vk_level() == 1) return vk_pool_run_avx2(pool, in, out, begin, end);
#endif
  vk_pool_run_baseline(pool, in, out, begin, end);
}
