// The convolution kernels, for whatever register width the including file sets: x names the clone, LANES is the
// width, ROWS the most pixels that a tile keeps in registers.
//
// A full convolution is a matrix product over implicit rows: nothing is copied, each tap of the kernel contributes a
// run of `channels` numbers that lie together in memory (NHWC). Weights come in panels of 2 * LANES (or LANES) output
// channels, a bias first.
#pragma once
#include "../include/convolution.h"
#include "tail_loops.h"
#include "vectors.h"

// A sixth of the registers or less holds what is not a sum.
#define EVEN_TILES (LANES == 16)

// MR pixels from `pixel` on, LANES * NV channels from `channel` on. rows[t * ROWS + m]: tap t of pixel m.
INLINE void tile(const int MR, const int NV, const vk_convolution *c, const float *const *rows, size_t taps,
                 const float *packed, size_t pixel, size_t channel) {
  vec sum[ROWS][2];
  UNROLL for (int m = 0; m < MR; m++)
    UNROLL for (int v = 0; v < NV; v++) sum[m][v] = load(packed + LANES * v);
  packed += LANES * NV;
  const ptrdiff_t channels = c->channels;
  for (size_t t = 0; t < taps; t++) {
    const float *row[ROWS];
    UNROLL for (int m = 0; m < MR; m++) row[m] = rows[t * ROWS + (size_t)m] + channels;
    ptrdiff_t k = -channels;
#if defined(__aarch64__) && REGISTERS == 32
    // NEON multiplies by one lane of a register: inputs are read four at a time.
    for (; k + LANES <= 0; k += LANES) {
      vec value[ROWS];
      UNROLL for (int m = 0; m < MR; m++) value[m] = load(row[m] + k);
      UNROLL for (int lane = 0; lane < LANES; lane++) {
        vec weight[2];
        UNROLL for (int v = 0; v < NV; v++) weight[v] = load(packed + LANES * v);
        packed += LANES * NV;
        UNROLL for (int m = 0; m < MR; m++)
          UNROLL for (int v = 0; v < NV; v++) sum[m][v] += splat(value[m][lane]) * weight[v];
      }
    }
#endif
    for (; k < 0; k++) {
      vec weight[2];
      UNROLL for (int v = 0; v < NV; v++) weight[v] = load(packed + LANES * v);
      packed += LANES * NV;
      UNROLL for (int m = 0; m < MR; m++) {
        const vec value = splat(row[m][k]);
        UNROLL for (int v = 0; v < NV; v++) sum[m][v] += value * weight[v];
      }
    }
  }
  keep(MR, NV, c, sum, pixel, channel);
}

#if LANES >= 8
// As `tile` for at most LANES output channels in all, with the order of sums of `even_tile`: which pixels share a tile
// depends on how threads share the work, and no result may.
INLINE void split_tile(const int MR, const vk_convolution *c, const float *const *rows, size_t taps, const float *packed,
                       size_t pixel) {
  vec sum[ROWS][2], odd[ROWS];
  UNROLL for (int m = 0; m < MR; m++) sum[m][0] = load(packed), odd[m] = splat(0);
  packed += LANES;
  const ptrdiff_t channels = c->channels;
  for (size_t t = 0; t < taps; t++) {
    const float *row[ROWS];
    UNROLL for (int m = 0; m < MR; m++) row[m] = rows[t * ROWS + (size_t)m];
    ptrdiff_t k = 0;
    for (; k + 2 <= channels; k += 2, packed += 2 * LANES) {
      const vec w = load(packed), x = load(packed + LANES);
      UNROLL for (int m = 0; m < MR; m++) {
        sum[m][0] += splat(row[m][k]) * w;
        odd[m] += splat(row[m][k + 1]) * x;
      }
    }
    if (k < channels) {
      const vec w = load(packed);
      packed += LANES;
      UNROLL for (int m = 0; m < MR; m++) sum[m][0] += splat(row[m][k]) * w;
    }
  }
  UNROLL for (int m = 0; m < MR; m++) sum[m][0] += odd[m];
  keep(MR, 1, c, sum, pixel, 0);
}
#else
#define split_tile(MR, c, rows, taps, packed, pixel) tile(MR, 1, c, rows, taps, packed, pixel, 0)
#endif

// One or two pixels: too few sums in one panel to hide how long an addition takes, so WIDE panels go side by side. The
// order of each sum is that of `tile`.
INLINE void wide_tile(const int MR, const int WIDE, const vk_convolution *c, const float *const *rows, size_t taps,
                      const float *packed, size_t pixel, size_t channel) {
  const size_t panel = 2 * LANES * (taps * (size_t)c->channels + 1);
  vec sum[4][ROWS][2];
  UNROLL for (int p = 0; p < WIDE; p++)
    UNROLL for (int m = 0; m < MR; m++)
      UNROLL for (int v = 0; v < 2; v++) sum[p][m][v] = load(packed + (size_t)p * panel + LANES * v);
  packed += 2 * LANES;
  const ptrdiff_t channels = c->channels;
  for (size_t t = 0; t < taps; t++) {
    const float *row[2];
    UNROLL for (int m = 0; m < MR; m++) row[m] = rows[t * ROWS + (size_t)m] + channels;
    for (ptrdiff_t k = -channels; k < 0; k++) {
      vec value[2];
      UNROLL for (int m = 0; m < MR; m++) value[m] = splat(row[m][k]);
      UNROLL for (int p = 0; p < WIDE; p++)
        UNROLL for (int v = 0; v < 2; v++) {
          const vec weight = load(packed + (size_t)p * panel + LANES * v);
          UNROLL for (int m = 0; m < MR; m++) sum[p][m][v] += value[m] * weight;
        }
      packed += 2 * LANES;
    }
  }
  UNROLL for (int p = 0; p < WIDE; p++) keep(MR, 2, c, sum[p], pixel, channel + (size_t)(2 * LANES * p));
}

// The next one or two panels of MR pixels; how many channels they have.
INLINE size_t panels(const int MR, const vk_convolution *c, const float *const *rows, size_t taps, const float *packed,
                     size_t pixel, size_t channel) {
  if ((size_t)c->out_channels - channel > LANES) {
    tile(MR, 2, c, rows, taps, packed, pixel, channel);
    return 2 * LANES;
  }
  if (channel) tile(MR, 1, c, rows, taps, packed, pixel, channel);
  else split_tile(MR, c, rows, taps, packed, pixel);
  return LANES;
}

#define FEW_PIXELS(MR, WIDE)                                                                                    \
  static __attribute__((noinline)) void pixels##MR(const vk_convolution *c, const float *const *rows,     \
                                                         size_t taps, size_t pixel) {                           \
    const float *packed = c->weights;                                                                           \
    const size_t steps = taps * (size_t)c->channels + 1, outputs = (size_t)c->out_channels;                     \
    for (size_t channel = 0, done; channel < outputs; channel += done, packed += done * steps) {                \
      if (outputs - channel > (2 * WIDE - 1) * LANES) {                                                         \
        wide_tile(MR, WIDE, c, rows, taps, packed, pixel, channel);                                             \
        done = 2 * WIDE * LANES;                                                                                \
      } else {                                                                                                  \
        done = panels(MR, c, rows, taps, packed, pixel, channel);                                               \
      }                                                                                                         \
    }                                                                                                           \
  }
#if REGISTERS == 32
FEW_PIXELS(1, 4)
FEW_PIXELS(2, 4)
#else
FEW_PIXELS(1, 3)
FEW_PIXELS(2, 2)
#endif

// All output channels of MR pixels.
#define PIXELS(MR)                                                                                            \
  static __attribute__((noinline)) void pixels##MR(const vk_convolution *c, const float *const *rows,   \
                                                         size_t taps, size_t pixel) {                         \
    const float *packed = c->weights;                                                                         \
    const size_t steps = taps * (size_t)c->channels + 1, outputs = (size_t)c->out_channels;                   \
    for (size_t channel = 0, done; channel < outputs; channel += done, packed += done * steps)                \
      done = panels(MR, c, rows, taps, packed, pixel, channel);                                               \
  }
PIXELS(4)
PIXELS(6)
#if ROWS >= 8
PIXELS(8)
#endif
#if ROWS >= 12
PIXELS(12)
#endif

#if EVEN_TILES
#include "even_loops.h"
#endif

// A merged tap that reaches over the left or right edge: its part inside the picture between zeros.
INLINE void patch(const vk_convolution *c, const float *row, int32_t x, float *to) {
  const int32_t pixel = c->pixel_stride;
  memset(to, 0, sizeof(float) * (size_t)(c->merged * pixel));
  const int32_t left = x < 0 ? -x : 0, right = x + c->merged > c->in_width ? c->in_width - x : c->merged;
  if (right > left)
    memcpy(to + left * pixel, row + (x + left) * pixel, sizeof(float) * (size_t)((right - left) * pixel));
}

// Whether pixel n of the result is made of pixel n of the input alone. A merged tap covers more than one, and may reach
// over the right edge even where nothing else looks padded.
INLINE int pointwise(const vk_convolution *c) {
  return c->kernel_height == 1 && c->kernel_width == 1 && c->merged <= 1 && c->stride_height == 1 &&
         c->stride_width == 1 && c->in_width == c->out_width && !c->pad_top && !c->pad_left;
}

// Tap addresses of `count` pixels from `begin` on; `patches` has room for their merged windows.
INLINE void locate(const vk_convolution *c, int32_t begin, int32_t count, const ptrdiff_t *offsets, float *patches,
                   const float **rows) {
  const int32_t reach_y = (c->kernel_height - 1) * c->dilation_height;
  const int32_t reach_x = (c->kernel_width - 1) * c->dilation_width + (c->merged > 1 ? c->merged - 1 : 0);
  const int32_t taps = c->kernel_height * c->kernel_width;
  if (pointwise(c)) {
    for (int32_t m = 0; m < count; m++) rows[m] = c->input + (size_t)(begin + m) * (size_t)c->pixel_stride;
    return;
  }
  int32_t oy = begin / c->out_width, ox = begin % c->out_width;
  for (int32_t m = 0; m < count; m++) {
    const int32_t y = oy * c->stride_height - c->pad_top, x = ox * c->stride_width - c->pad_left;
    const float *base = c->input + ((ptrdiff_t)y * c->in_width + x) * (ptrdiff_t)c->pixel_stride;
    if (y >= 0 && x >= 0 && y + reach_y < c->in_height && x + reach_x < c->in_width) {
      for (int32_t t = 0; t < taps; t++) rows[t * ROWS + m] = base + offsets[t];
    } else if (c->merged > 1) {
      for (int32_t ky = 0; ky < c->kernel_height; ky++) {
        const int32_t ty = y + ky * c->dilation_height;
        rows[ky * ROWS + m] = c->zero;
        if (ty < 0 || ty >= c->in_height) continue;
        patch(c, c->input + (ptrdiff_t)ty * c->in_width * c->pixel_stride, x, patches);
        rows[ky * ROWS + m] = patches;
        patches += c->channels;
      }
    } else {
      int32_t t = 0;
      for (int32_t ky = 0; ky < c->kernel_height; ky++)
        for (int32_t kx = 0; kx < c->kernel_width; kx++, t++) {
          const int32_t ty = y + ky * c->dilation_height, tx = x + kx * c->dilation_width;
          const int inside = ty >= 0 && tx >= 0 && ty < c->in_height && tx < c->in_width;
          rows[t * ROWS + m] = inside ? base + offsets[t] : c->zero;
        }
    }
    if (++ox == c->out_width) ox = 0, oy++;
  }
}

#if LANES == 16
#include "pair_loops.h"
#endif

static void convolve(const vk_convolution *c, int32_t begin, int32_t end) {
#if LANES == 16
  if (c->paired) return convolve_pairs(c, begin, end);
#endif
  const float *rows[VK_MAX_TAPS * ROWS];
  ptrdiff_t offsets[VK_MAX_TAPS];
  float patches[VK_MAX_MERGED * ROWS];
  for (int32_t ky = 0, t = 0; ky < c->kernel_height; ky++)
    for (int32_t kx = 0; kx < c->kernel_width; kx++, t++)
      offsets[t] = ((ptrdiff_t)ky * c->dilation_height * c->in_width + kx * c->dilation_width) *
                   (ptrdiff_t)c->pixel_stride;
  const size_t taps = (size_t)(c->kernel_height * c->kernel_width);
#if EVEN_TILES
  const ptrdiff_t step = (ptrdiff_t)c->stride_width * c->pixel_stride;
  const int anywhere = pointwise(c);
#endif
  while (begin < end) {
    const int32_t left = end - begin;
#if EVEN_TILES
    {
      const float *first = c->input + (ptrdiff_t)begin * c->pixel_stride;
      int32_t run = anywhere ? left : even_run(c, begin, left, &first);
      if (run >= EVEN) {
        // What tiles of EVEN leave over is spread over them, when they are as many.
        int32_t more = run % EVEN;
        if (more > run / EVEN || c->out_channels <= LANES) more = 0;
        while (run >= EVEN) {
          const int32_t count = more > 0 ? EVEN + 1 : EVEN;
          even_panels(c, first, step, offsets, taps, (size_t)begin, count > EVEN);
          run -= count, begin += count, first += count * step, more--;
        }
        continue;
      }
    }
#endif
    const int32_t count = left < ROWS ? left : ROWS;
    locate(c, begin, count, offsets, patches, rows);
    const size_t pixel = (size_t)begin;
#if ROWS >= 12
    if (count >= 12) pixels12(c, rows, taps, pixel), begin += 12;
    else
#endif
#if ROWS >= 8
    if (count >= 8) pixels8(c, rows, taps, pixel), begin += 8;
    else
#endif
    if (count >= 6) pixels6(c, rows, taps, pixel), begin += 6;
    else if (count >= 4) pixels4(c, rows, taps, pixel), begin += 4;
    else if (count >= 2) pixels2(c, rows, taps, pixel), begin += 2;
    else pixels1(c, rows, taps, pixel), begin += 1;
  }
}
