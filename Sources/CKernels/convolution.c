// Full convolution as a matrix product over implicit rows: nothing is copied, each tap of the kernel contributes a
// run of `channels` numbers that lie together in memory (NHWC). Weights are packed once, in panels of 32 (or 16)
// output channels. A tile of up to 12 pixels x 32 channels is kept in registers.
#include "convolution.h"

#include <string.h>

#if defined(__x86_64__)
#define CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CLONES
#endif
#define INLINE static inline __attribute__((always_inline))

// All functions that pass vectors are inlined; their calling convention does not matter.
#pragma clang diagnostic ignored "-Wpsabi"

typedef float v16 __attribute__((vector_size(64), aligned(4), may_alias));

enum { LANES = 16, ROWS = 12, MAX_TAPS = 64 };

size_t vk_packed_count(size_t outputs, size_t taps, size_t channels) {
  return (outputs + LANES - 1) / LANES * LANES * (taps * channels + 1);
}

void vk_pack_weights(const float *weights, const float *bias, size_t outputs, size_t taps, size_t channels,
                     float *packed) {
  for (size_t first = 0; first < outputs;) {
    const size_t width = outputs - first > LANES ? 2 * LANES : LANES;
    for (size_t n = 0; n < width; n++) *packed++ = bias && first + n < outputs ? bias[first + n] : 0;
    for (size_t t = 0; t < taps * channels; t++)
      for (size_t n = 0; n < width; n++)
        *packed++ = first + n < outputs ? weights[(first + n) * taps * channels + t] : 0;
    first += width;
  }
}

INLINE v16 vmax(v16 a, v16 b) { return __builtin_elementwise_max(a, b); }
INLINE v16 vmin(v16 a, v16 b) { return __builtin_elementwise_min(a, b); }
INLINE v16 splat(float x) { return (v16){x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x}; }

// The activation of one vector of output channels from `channel` on; `count` of its lanes are real.
INLINE v16 finish(const vk_convolution *c, v16 value, size_t place, size_t channel, int count) {
  if (c->residual) {
    v16 residual = splat(0);
    if (count >= LANES) residual = *(const v16 *)(c->residual + place);
    else memcpy(&residual, c->residual + place, sizeof(float) * (size_t)count);
    value += residual;
  }
  if (c->activation == VK_CLAMP) return vmin(vmax(value, splat(c->low)), splat(c->high));
  if (c->activation == VK_PRELU) {
    v16 slope = splat(0);
    if (count >= LANES) slope = *(const v16 *)(c->slope + channel);
    else memcpy(&slope, c->slope + channel, sizeof(float) * (size_t)count);
    return vmax(value, splat(0)) + vmin(value, splat(0)) * slope;
  }
  return value;
}

INLINE void store(const vk_convolution *c, v16 value, size_t pixel, size_t channel) {
  const int count = c->out_channels - (int)channel;
  if (count <= 0) return;
  const size_t place = pixel * (size_t)c->out_channels + channel;
  value = finish(c, value, place, channel, count);
  if (count >= LANES) *(v16 *)(c->output + place) = value;
  else memcpy(c->output + place, &value, sizeof(float) * (size_t)count);
}

// MR pixels from `pixel` on, 16 * NV channels from `channel` on. rows[t * ROWS + m]: tap t of pixel m.
INLINE void tile(const int MR, const int NV, const vk_convolution *c, const float *const *rows, size_t taps,
                 const float *packed, size_t pixel, size_t channel) {
  v16 sum[ROWS][2];
  for (int m = 0; m < MR; m++)
    for (int v = 0; v < NV; v++) sum[m][v] = *(const v16 *)(packed + LANES * v);
  packed += LANES * NV;
  const size_t channels = (size_t)c->channels;
  for (size_t t = 0; t < taps; t++) {
    const float *const *row = rows + t * ROWS;
    for (size_t k = 0; k < channels; k++) {
      v16 weight[2];
      for (int v = 0; v < NV; v++) weight[v] = *(const v16 *)(packed + LANES * v);
      packed += LANES * NV;
      for (int m = 0; m < MR; m++) {
        const v16 value = splat(row[m][k]);
        for (int v = 0; v < NV; v++) sum[m][v] += value * weight[v];
      }
    }
  }
  for (int m = 0; m < MR; m++)
    for (int v = 0; v < NV; v++) store(c, sum[m][v], pixel + (size_t)m, channel + (size_t)(LANES * v));
}

// All output channels of MR pixels.
INLINE void pixels(const int MR, const vk_convolution *c, const float *const *rows, size_t taps, size_t pixel) {
  const float *packed = c->weights;
  const size_t steps = taps * (size_t)c->channels + 1;
  for (size_t channel = 0; channel < (size_t)c->out_channels;) {
    if ((size_t)c->out_channels - channel > LANES) {
      tile(MR, 2, c, rows, taps, packed, pixel, channel);
      packed += 2 * LANES * steps, channel += 2 * LANES;
    } else {
      tile(MR, 1, c, rows, taps, packed, pixel, channel);
      packed += LANES * steps, channel += LANES;
    }
  }
}

// Where tap (ky, kx) of the output pixel (oy, ox) lies.
INLINE const float *tap(const vk_convolution *c, int32_t oy, int32_t ox, int32_t ky, int32_t kx) {
  const int32_t y = oy * c->stride_height - c->pad_top + ky * c->dilation_height;
  const int32_t x = ox * c->stride_width - c->pad_left + kx * c->dilation_width;
  if (y < 0 || x < 0 || y >= c->in_height || x >= c->in_width) return c->zero;
  return c->input + ((size_t)y * (size_t)c->in_width + (size_t)x) * (size_t)c->pixel_stride;
}

CLONES void vk_convolve(const vk_convolution *c, int32_t begin, int32_t end) {
  const float *rows[MAX_TAPS * ROWS];
  const size_t taps = (size_t)(c->kernel_height * c->kernel_width);
#if defined(__AVX512F__)
  const int32_t widest = ROWS;
#else
  const int32_t widest = 2;  // 16 registers: 2 pixels x 32 channels leave room for weights
#endif
  while (begin < end) {
    const int32_t count = end - begin < widest ? end - begin : widest;
    for (int32_t m = 0; m < count; m++) {
      const int32_t oy = (begin + m) / c->out_width, ox = (begin + m) % c->out_width;
      for (int32_t ky = 0, t = 0; ky < c->kernel_height; ky++)
        for (int32_t kx = 0; kx < c->kernel_width; kx++, t++) rows[t * ROWS + m] = tap(c, oy, ox, ky, kx);
    }
    int32_t done = count;
    if (count >= 12) pixels(12, c, rows, taps, (size_t)begin), done = 12;
    else if (count >= 8) pixels(8, c, rows, taps, (size_t)begin), done = 8;
    else if (count >= 4) pixels(4, c, rows, taps, (size_t)begin), done = 4;
    else if (count >= 2) pixels(2, c, rows, taps, (size_t)begin), done = 2;
    else pixels(1, c, rows, taps, (size_t)begin), done = 1;
    begin += done;
  }
}

// COUNT pixels next to each other of one output row, 16 channels.
INLINE void depthwise_tile(const int COUNT, const vk_convolution *c, const float *const *rows, size_t taps,
                           size_t pixel, size_t channel) {
  v16 sum[4];
  const int lanes = c->channels - (int)channel;
  v16 bias = splat(0);
  if (lanes >= LANES) bias = *(const v16 *)(c->bias + channel);
  else memcpy(&bias, c->bias + channel, sizeof(float) * (size_t)lanes);
  for (int m = 0; m < COUNT; m++) sum[m] = bias;
  for (size_t t = 0; t < taps; t++) {
    v16 weight = splat(0);
    const float *w = c->weights + t * (size_t)c->channels + channel;
    if (lanes >= LANES) {
      weight = *(const v16 *)w;
      for (int m = 0; m < COUNT; m++) sum[m] += *(const v16 *)(rows[t * 4 + (size_t)m] + channel) * weight;
    } else {
      memcpy(&weight, w, sizeof(float) * (size_t)lanes);
      for (int m = 0; m < COUNT; m++) {
        v16 value = splat(0);
        memcpy(&value, rows[t * 4 + (size_t)m] + channel, sizeof(float) * (size_t)lanes);
        sum[m] += value * weight;
      }
    }
  }
  for (int m = 0; m < COUNT; m++) store(c, sum[m], pixel + (size_t)m, channel);
}

CLONES void vk_depthwise(const vk_convolution *c, int32_t begin, int32_t end) {
  const float *rows[MAX_TAPS * 4];
  const size_t taps = (size_t)(c->kernel_height * c->kernel_width);
  for (int32_t oy = begin; oy < end; oy++) {
    for (int32_t ox = 0; ox < c->out_width;) {
      const int32_t count = c->out_width - ox >= 4 ? 4 : 1;
      for (int32_t m = 0; m < count; m++)
        for (int32_t ky = 0, t = 0; ky < c->kernel_height; ky++)
          for (int32_t kx = 0; kx < c->kernel_width; kx++, t++) rows[t * 4 + m] = tap(c, oy, ox + m, ky, kx);
      const size_t pixel = (size_t)oy * (size_t)c->out_width + (size_t)ox;
      for (size_t channel = 0; channel < (size_t)c->channels; channel += LANES) {
        if (count == 4) depthwise_tile(4, c, rows, taps, pixel, channel);
        else depthwise_tile(1, c, rows, taps, pixel, channel);
      }
      ox += count;
    }
  }
}
