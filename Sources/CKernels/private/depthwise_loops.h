// Depthwise convolution for whatever register width the including file sets.
//
// Row by row, LANES channels at a time: the weights of these stay in registers (3x3) while the row is walked in steps
// of COUNT pixels. Rows above and below the picture are a row of zeros; the few pixels whose window reaches over the
// left or right edge go tap by tap.
#pragma once
#include "../include/convolution.h"
#include "tail_loops.h"
#include "vectors.h"

// All channels of one pixel whose window reaches over the left or right edge.
INLINE void edge(const int K, const vk_convolution *c, const float *const *rows, int32_t ox, size_t pixel) {
  const int32_t height = K ? K : c->kernel_height, width = K ? K : c->kernel_width;
  const int32_t dilation = K ? 1 : c->dilation_width, x = ox * c->stride_width - c->pad_left;
  const size_t channels = (size_t)c->channels;
  int32_t first = 0, last = width;
  while (first < width && x + first * dilation < 0) first++;
  while (last > first && x + (last - 1) * dilation >= c->in_width) last--;
  for (size_t channel = 0; channel < channels; channel += LANES) {
    const lanes mask = first_lanes(channels - channel);
    vec sum[1][2];
    sum[0][0] = load_some(c->bias + channel, mask);
    for (int32_t ky = 0; ky < height; ky++)
      for (int32_t kx = first; kx < last; kx++)
        sum[0][0] += load_some(rows[ky] + (ptrdiff_t)(x + kx * dilation) * (ptrdiff_t)channels + channel, mask) *
                     load_some(c->weights + (size_t)(ky * width + kx) * channels + channel, mask);
    keep(1, 1, c, sum, pixel, channel);
  }
}

// COUNT pixels, `step` floats apart, whose windows lie inside and begin `start` floats into the rows. Taps are
// `reach` floats apart. K is the kernel's size when known, else 0; S the stride when known: neighbours share inputs at
// stride 1. `held` are the weights of a 3x3 kernel.
INLINE void inside(const int K, const int S, const int COUNT, const vk_convolution *c, const float *const *rows,
                   size_t start, size_t step, size_t reach, size_t channel, lanes mask, const vec *held, vec bias,
                   vec (*sum)[2]) {
  const int32_t height = K ? K : c->kernel_height, width = K ? K : c->kernel_width;
  const size_t channels = (size_t)c->channels;
  const float *weight = c->weights + channel;
  UNROLL for (int m = 0; m < COUNT; m++) sum[m][0] = bias;
  for (int32_t ky = 0; ky < height; ky++) {
    const float *row = rows[ky] + start;
    if (K && S == 1) {
      vec input[12];
      UNROLL for (int i = 0; i < COUNT + K - 1; i++) input[i] = load_some(row + (size_t)i * reach, mask);
      UNROLL for (int kx = 0; kx < K; kx++, weight += channels) {
        const vec w = K == 3 ? held[ky * 3 + kx] : load_some(weight, mask);
        UNROLL for (int m = 0; m < COUNT; m++) sum[m][0] += input[m + kx] * w;
      }
    } else {
      for (int32_t kx = 0; kx < width; kx++, weight += channels) {
        const vec w = K == 3 ? held[ky * 3 + kx] : load_some(weight, mask);
        UNROLL for (int m = 0; m < COUNT; m++)
          sum[m][0] += load_some(row + (size_t)m * step + (size_t)kx * reach, mask) * w;
      }
    }
  }
}

// LANES channels of `count` pixels from `pixel` on, whose windows lie inside and begin `start` floats into the rows.
INLINE void strip(const int K, const int S, const vk_convolution *c, const float *const *rows, size_t start,
                  size_t step, size_t reach, size_t pixel, int32_t count, size_t channel, lanes mask) {
  enum { MANY = REGISTERS == 32 ? 8 : 4, SOME = MANY / 2 };
  vec held[9], sum[MANY][2];
  if (K == 3)
    UNROLL for (size_t t = 0; t < 9; t++) held[t] = load_some(c->weights + t * (size_t)c->channels + channel, mask);
  const vec bias = load_some(c->bias + channel, mask);
#define PIXELS_AT(NUMBER, x)                                                                                    \
  inside(K, S, NUMBER, c, rows, start + (size_t)(x) * step, step, reach, channel, mask, held, bias, sum);       \
  keep(NUMBER, 1, c, sum, pixel + (size_t)(x), channel)
  int32_t x = 0;
  for (; x + MANY <= count; x += MANY) { PIXELS_AT(MANY, x); }
  // The rest: some pixels once more are cheaper than one by one.
  if (count - x > SOME && count >= MANY) {
    PIXELS_AT(MANY, count - MANY);
  } else if (x < count && count >= SOME) {
    if (count - x > SOME) { PIXELS_AT(SOME, x); }
    PIXELS_AT(SOME, count - SOME);
  } else {
    for (; x < count; x++) { PIXELS_AT(1, x); }
  }
#undef PIXELS_AT
}

// One output row: pixel by pixel where the window reaches over an edge, else in strips, all channels of one before the
// next (one channel after the other would use few sets of the first cache).
INLINE void depthwise_row(const int K, const int S, const vk_convolution *c, const float *const *rows, int32_t oy) {
  const int32_t span = (c->kernel_width - 1) * c->dilation_width;
  const int32_t stride = S ? S : c->stride_width;
  int32_t first = (c->pad_left + stride - 1) / stride;  // the first pixel whose window is inside
  int32_t last = c->in_width - 1 - span + c->pad_left;  // one after the last
  last = last < 0 ? 0 : last / stride + 1;
  if (last > c->out_width) last = c->out_width;
  if (first > last) first = last;
  const size_t row = (size_t)oy * (size_t)c->out_width, channels = (size_t)c->channels;
  const size_t step = (size_t)stride * channels, reach = (K ? 1 : (size_t)c->dilation_width) * channels;
  for (int32_t ox = 0; ox < first; ox++) edge(K, c, rows, ox, row + (size_t)ox);
  for (int32_t ox = first; ox < last;) {
    const int32_t count = last - ox < 48 ? last - ox : 32;
    const size_t start = (size_t)(ox * stride - c->pad_left) * channels, pixel = row + (size_t)ox;
    size_t channel = 0;
    for (; channel + LANES <= channels; channel += LANES)
      strip(K, S, c, rows, start + channel, step, reach, pixel, count, channel, first_lanes(LANES));
    if (channel < channels)
      strip(K, S, c, rows, start + channel, step, reach, pixel, count, channel, first_lanes(channels - channel));
    ox += count;
  }
  for (int32_t ox = last; ox < c->out_width; ox++) edge(K, c, rows, ox, row + (size_t)ox);
}

#define ROW(K, S)                                                                                                \
  static __attribute__((noinline)) void depthwise_row_##K##_##S(const vk_convolution *c,                   \
                                                                      const float *const *rows, int32_t oy) {    \
    depthwise_row(K, S, c, rows, oy);                                                                            \
  }
ROW(3, 1)
ROW(3, 2)
ROW(5, 1)
ROW(5, 2)
ROW(0, 0)

// Few channels (a divisor of LANES) at stride 1: a row is one run of numbers, LANES of them at a time, whatever pixels
// they belong to. Rows are copied with their padding, each once.
enum { FLAT_ROW = 8192, FLAT_TAPS = 49 };

#define FLAT(K)                                                                                              \
  static __attribute__((noinline)) void flat_row_##K(const vk_convolution *c, const float *const *rows, \
                                                           size_t count, size_t reach, size_t place) {       \
    enum { COUNT = REGISTERS == 32 ? 8 : 4 };                                                                    \
    vec sum[COUNT][2];                                                                                       \
    size_t x = 0;                                                                                            \
    const lanes all = first_lanes(LANES);                                                                    \
    vec held[9];                                                                                             \
    if (K == 3)                                                                                              \
      UNROLL for (int t = 0; t < 9; t++) held[t] = load(c->weights + t * LANES);                             \
    const vec bias = load(c->bias);                                                                          \
    for (; x + COUNT * LANES <= count; x += COUNT * LANES) {                                                 \
      inside(K, 0, COUNT, c, rows, x, LANES, reach, 0, all, held, bias, sum);                                \
      keep(COUNT, 1, c, sum, (place + x) / LANES, 0);                                                        \
    }                                                                                                        \
    for (; x < count; x += LANES) {                                                                          \
      const lanes mask = first_lanes(count - x);                                                             \
      inside(K, 0, 1, c, rows, x, LANES, reach, 0, all, held, bias, sum);                                    \
      store_some(c->output + place + x, finish(c, sum[0][0], (place + x) / LANES, 0, all), mask);            \
    }                                                                                                        \
  }
FLAT(3)
FLAT(5)
FLAT(0)

#if LANES == 16
// As flat_row_3 for pixels of half a register: the middle tap is made of the halves of two aligned loads, where a load
// of its own would lie across two lines of the cache.
static __attribute__((noinline)) void flat_halves(const vk_convolution *c, const float *const *rows, size_t count,
                                                        size_t place) {
  enum { COUNT = 6 };
  vec held[9], sum[COUNT][2];
  UNROLL for (int t = 0; t < 9; t++) held[t] = load(c->weights + t * LANES);
  const vec bias = load(c->bias);
  for (size_t x = 0; x < count; x += COUNT * LANES) {
    // The last strip begins earlier: some numbers once more are cheaper than one by one.
    if (x + COUNT * LANES > count) x = count - COUNT * LANES;
    UNROLL for (int m = 0; m < COUNT; m++) sum[m][0] = bias;
    UNROLL for (int ky = 0; ky < 3; ky++) {
      const float *row = rows[ky] + x;
      vec left = load(row);
      UNROLL for (int m = 0; m < COUNT; m++) {
        const vec right = load(row + (m + 1) * LANES);
        const vec middle = (vec)_mm512_shuffle_f32x4((__m512)left, (__m512)right, 0x4E);
        sum[m][0] += left * held[ky * 3] + middle * held[ky * 3 + 1] + right * held[ky * 3 + 2];
        left = right;
      }
    }
    keep(COUNT, 1, c, sum, (place + x) / LANES, 0);
  }
}
#endif

static void depthwise_flat(const vk_convolution *c, int32_t begin, int32_t end) {
  const size_t channels = (size_t)c->channels, taps = (size_t)(c->kernel_height * c->kernel_width);
  float buffer[FLAT_ROW + LANES] __attribute__((aligned(64))), weights[FLAT_TAPS * LANES], bias[LANES], slope[LANES];
  for (size_t i = 0; i < LANES; i++) {
    for (size_t t = 0; t < taps; t++) weights[t * LANES + i] = c->weights[t * channels + i % channels];
    bias[i] = c->bias[i % channels];
    slope[i] = c->slope ? c->slope[i % channels] : 0;
  }
  vk_convolution wide = *c;
  wide.weights = weights, wide.bias = bias, wide.slope = slope;
  wide.channels = wide.out_channels = wide.out_stride = LANES;
  wide.residual_channels = wide.residual_stride = LANES;
  const int32_t height = c->kernel_height;
  const size_t count = (size_t)c->out_width * channels, width = (size_t)c->in_width * channels;
  const size_t before = (size_t)c->pad_left * channels, reach = (size_t)c->dilation_width * channels;
  const size_t whole = (count + (size_t)(c->kernel_width - 1) * reach + LANES - 1) / LANES * LANES;
  const float *rows[FLAT_TAPS];
  int32_t held[FLAT_TAPS];
  for (int32_t ky = 0; ky < height; ky++) held[ky] = -1 - height;
  for (int32_t oy = begin; oy < end; oy++) {
    for (int32_t ky = 0; ky < height; ky++) {
      const int32_t y = oy - c->pad_top + ky, slot = (y + height) % height;
      float *row = buffer + (size_t)slot * whole;
      rows[ky] = row;
      if (held[slot] == y) continue;
      held[slot] = y;
      const int outside = y < 0 || y >= c->in_height;
      const size_t begin = outside ? whole : before;
      const size_t real = outside ? 0 : before + width < whole ? width : whole - before;
      memset(row, 0, begin * sizeof(float));
      if (outside) continue;
      memcpy(row + begin, c->input + (size_t)y * width, real * sizeof(float));
      memset(row + begin + real, 0, (whole - begin - real) * sizeof(float));
    }
    const size_t place = (size_t)oy * count;
#if LANES == 16
    if (height == 3 && c->kernel_width == 3 && reach == LANES / 2 && count >= 6 * LANES) {
      flat_halves(&wide, rows, count, place);
      continue;
    }
#endif
    if (height == 3 && c->kernel_width == 3) flat_row_3(&wide, rows, count, reach, place);
    else if (height == 5 && c->kernel_width == 5) flat_row_5(&wide, rows, count, reach, place);
    else flat_row_0(&wide, rows, count, reach, place);
  }
}

static int is_flat(const vk_convolution *c) {
  const int32_t row = (c->out_width + (c->kernel_width - 1) * c->dilation_width) * c->channels + LANES;
  return !c->scale && !c->shift && c->channels < LANES && LANES % c->channels == 0 && c->stride_width == 1 && c->stride_height == 1 &&
         c->dilation_height == 1 && c->kernel_height * c->kernel_width <= FLAT_TAPS &&
         row * c->kernel_height <= FLAT_ROW && c->out_stride == c->channels &&
         (c->out_width * c->channels) % LANES == 0 && c->pad_top <= c->kernel_height &&
         (!c->residual || c->residual_channels == c->channels);
}

#if REGISTERS == 32
// Stride 1, a 3x3 or 5x5 kernel and as much padding on each side as keeps the width: two output rows at a time share
// their input rows, and a strip may begin or end at the picture's edge. So narrow pictures of many channels, whose rows
// do not stay in the first cache from one output row to the next, are read half as often and have no pixel that goes tap
// by tap.

// LANES channels of COUNT pixels of one or (TWO) two rows. `start` is the place of the strip's first pixel in the input
// rows; LEFT, RIGHT: the strip touches that edge.
INLINE void block(const int K, const int COUNT, const int TWO, const int LEFT, const int RIGHT,
                  const vk_convolution *c, const float *const *rows, size_t start, size_t pixel, size_t channel,
                  lanes mask) {
  const int R = K / 2;
  const size_t channels = (size_t)c->channels;
  vec upper[8][2], lower[8][2], held[9];
  if (K == 3)
    UNROLL for (size_t t = 0; t < 9; t++) held[t] = load_some(c->weights + t * channels + channel, mask);
  const vec bias = load_some(c->bias + channel, mask);
  UNROLL for (int m = 0; m < COUNT; m++) upper[m][0] = lower[m][0] = bias;
  UNROLL for (int r = 0; r < K + TWO; r++) {
    const float *row = rows[r] + start + channel;
    if (K == 3) {
      UNROLL for (int i = 0; i < COUNT + 2; i++) {
        if ((LEFT && i == 0) || (RIGHT && i == COUNT + 1)) continue;
        const vec value = load_some(row + (ptrdiff_t)(i - 1) * (ptrdiff_t)channels, mask);
        UNROLL for (int kx = 0; kx < 3; kx++) {
          const int m = i - kx;
          if (m < 0 || m >= COUNT) continue;
          if (r < 3) upper[m][0] += value * held[r * 3 + kx];
          if (r > 0) lower[m][0] += value * held[(r - 1) * 3 + kx];
        }
      }
    } else {
      vec input[12];
      UNROLL for (int i = 0; i < COUNT + 2 * R; i++) {
        if ((LEFT && i < R) || (RIGHT && i >= COUNT + R)) continue;
        input[i] = load_some(row + (ptrdiff_t)(i - R) * (ptrdiff_t)channels, mask);
      }
      UNROLL for (int kx = 0; kx < K; kx++) {
        const float *weight = c->weights + channel + (size_t)kx * channels;
        const vec over = r < K ? load_some(weight + (size_t)(r * K) * channels, mask) : splat(0);
        const vec under = r > 0 && TWO ? load_some(weight + (size_t)((r - 1) * K) * channels, mask) : splat(0);
        UNROLL for (int m = 0; m < COUNT; m++) {
          if ((LEFT && m + kx < R) || (RIGHT && m + kx >= COUNT + R)) continue;
          if (r < K) upper[m][0] += input[m + kx] * over;
          if (r > 0 && TWO) lower[m][0] += input[m + kx] * under;
        }
      }
    }
  }
  keep(COUNT, 1, c, upper, pixel, channel);
  if (TWO) keep(COUNT, 1, c, lower, pixel + (size_t)c->out_width, channel);
}

// All channels of a strip, one after the other: each load then goes evenly through memory, which the processor foresees.
INLINE void strip_of_blocks(const int K, const int COUNT, const int TWO, const int LEFT, const int RIGHT,
                            const vk_convolution *c, const float *const *rows, size_t x, size_t pixel) {
  const size_t channels = (size_t)c->channels;
  for (size_t channel = 0; channel < channels; channel += LANES)
    block(K, COUNT, TWO, LEFT, RIGHT, c, rows, x * channels, pixel + x, channel, first_lanes(channels - channel));
}

// All strips of one or two rows. The last begins earlier where the width is no multiple: some pixels are done twice.
INLINE void blocks(const int K, const int COUNT, const int TWO, const vk_convolution *c, const float *const *rows,
                   size_t pixel) {
  const size_t width = (size_t)c->out_width;
  if (width == (size_t)COUNT) return strip_of_blocks(K, COUNT, TWO, 1, 1, c, rows, 0, pixel);
  strip_of_blocks(K, COUNT, TWO, 1, 0, c, rows, 0, pixel);
  size_t x = COUNT;
  for (; x + COUNT < width; x += COUNT) strip_of_blocks(K, COUNT, TWO, 0, 0, c, rows, x, pixel);
  strip_of_blocks(K, COUNT, TWO, 0, 1, c, rows, width - COUNT, pixel);
}

#define BLOCKS(K, COUNT)                                                                                             \
  static __attribute__((noinline)) void blocks_##K##_##COUNT(const vk_convolution *c, const float *const *rows, \
                                                                   int two, size_t pixel) {                          \
    if (two) blocks(K, COUNT, 1, c, rows, pixel);                                                                    \
    else blocks(K, COUNT, 0, c, rows, pixel);                                                                        \
  }
BLOCKS(3, 4)
BLOCKS(3, 5)
BLOCKS(3, 7)
BLOCKS(3, 8)
BLOCKS(5, 4)
BLOCKS(5, 5)
BLOCKS(5, 7)
BLOCKS(5, 8)

// Pixels of a strip so that few are done twice; 0 where this way is not for the convolution.
static int strip_width(const vk_convolution *c) {
  const int32_t width = c->out_width, kernel = c->kernel_width;
  if ((kernel != 3 && kernel != 5) || c->kernel_height != kernel || c->stride_height != 1 || c->stride_width != 1 ||
      c->dilation_height != 1 || c->dilation_width != 1 || c->pad_left != kernel / 2 || c->in_width != width ||
      width < 4)
    return 0;
  static const int32_t sizes[4] = {8, 7, 5, 4};
  int32_t best = 4, least = INT32_MAX;
  for (int i = 0; i < 4; i++) {
    // Narrow strips load more for each pixel.
    const int32_t loads = (width + sizes[i] - 1) / sizes[i] * (sizes[i] + 1);
    if (sizes[i] <= width && loads < least) best = sizes[i], least = loads;
  }
  return best;
}

static void depthwise_blocks(const vk_convolution *c, int32_t begin, int32_t end, int count) {
  typedef void rows_of(const vk_convolution *, const float *const *, int, size_t);
  rows_of *const three[9] = {[4] = blocks_3_4, [5] = blocks_3_5, [7] = blocks_3_7, [8] = blocks_3_8};
  rows_of *const five[9] = {[4] = blocks_5_4, [5] = blocks_5_5, [7] = blocks_5_7, [8] = blocks_5_8};
  rows_of *const run = c->kernel_width == 3 ? three[count] : five[count];
  const size_t width = (size_t)c->in_width * (size_t)c->channels;
  for (int32_t oy = begin; oy < end; oy += 2) {
    const float *rows[6];
    for (int32_t r = 0; r <= c->kernel_height; r++) {
      const int32_t y = oy - c->pad_top + r;
      rows[r] = y >= 0 && y < c->in_height ? c->input + (size_t)y * width : c->zero;
    }
    run(c, rows, oy + 1 < end, (size_t)oy * (size_t)c->out_width);
  }
}
#endif

static void depthwise(const vk_convolution *c, int32_t begin, int32_t end) {
  if (is_flat(c)) return depthwise_flat(c, begin, end);
#if REGISTERS == 32
  const int count = strip_width(c);
  if (count) return depthwise_blocks(c, begin, end, count);
#endif
  const float *rows[VK_MAX_TAPS];
  const size_t width = (size_t)c->in_width * (size_t)c->channels;
  const int square = c->kernel_height == c->kernel_width && c->dilation_height == 1 && c->dilation_width == 1;
  const int32_t kernel = square && c->stride_height == c->stride_width ? c->kernel_width : 0, stride = c->stride_width;
  for (int32_t oy = begin; oy < end; oy++) {
    for (int32_t ky = 0; ky < c->kernel_height; ky++) {
      const int32_t y = oy * c->stride_height - c->pad_top + ky * c->dilation_height;
      rows[ky] = y >= 0 && y < c->in_height ? c->input + (size_t)y * width : c->zero;
    }
    if (kernel == 3 && stride == 1) depthwise_row_3_1(c, rows, oy);
    else if (kernel == 3 && stride == 2) depthwise_row_3_2(c, rows, oy);
    else if (kernel == 5 && stride == 1) depthwise_row_5_1(c, rows, oy);
    else if (kernel == 5 && stride == 2) depthwise_row_5_2(c, rows, oy);
    else depthwise_row_0_0(c, rows, oy);
  }
}
