// Pooling for whatever register width the including file sets.
#pragma once
#include "../include/pool.h"
#include "vectors.h"

// One output row of the commonest pooling, 2x2 at stride 2 inside the picture.
INLINE void pool_halves(const int MEAN, const float *top, size_t width, size_t channels, float *out, size_t count) {
  for (size_t x = 0; x < count; x++, top += 2 * channels, out += channels)
    for (size_t channel = 0; channel < channels; channel += LANES) {
      const lanes mask = first_lanes(channels - channel);
      const float *from = top + channel;
      const vec a = load_some(from, mask), b = load_some(from + channels, mask);
      const vec c = load_some(from + width, mask), d = load_some(from + width + channels, mask);
      const vec value = MEAN ? (a + b + c + d) * 0.25f : vmax(vmax(a, b), vmax(c, d));
      if (channels - channel >= LANES) store(out + channel, value);
      else store_some(out + channel, value, mask);
    }
}

// One output pixel: rows and columns of the window that lie inside the picture are already known.
INLINE void pool_pixel(const int MEAN, const vk_pool *pool, const float *first, int32_t rows, int32_t columns,
                       float *out) {
  const size_t channels = (size_t)pool->channels, row = (size_t)pool->in_width * channels;
  const int32_t taps = pool->count_padding ? pool->kernel_height * pool->kernel_width : rows * columns;
  const float share = 1.0f / (float)taps;
  for (size_t channel = 0; channel < channels; channel += LANES) {
    const lanes mask = first_lanes(channels - channel);
    const float *from = first + channel;
    vec value = MEAN ? splat(0) : load_some(from, mask);
    for (int32_t y = 0; y < rows; y++)
      for (int32_t x = 0; x < columns; x++) {
        const vec tap = load_some(from + (size_t)y * row + (size_t)x * channels, mask);
        value = MEAN ? value + tap : vmax(value, tap);
      }
    store_some(out + channel, MEAN ? value * share : value, mask);
  }
}

static void pool_run(const vk_pool *pool, const float *in, float *out, int32_t begin, int32_t end) {
  const size_t channels = (size_t)pool->channels;
  const int halves = pool->kernel_height == 2 && pool->kernel_width == 2 && pool->stride_height == 2 &&
                     pool->stride_width == 2 && !pool->pad_top && !pool->pad_left &&
                     2 * pool->out_height <= pool->in_height && 2 * pool->out_width <= pool->in_width;
  for (int32_t oy = begin; oy < end; oy++) {
    if (halves) {
      const size_t width = (size_t)pool->in_width * channels, count = (size_t)pool->out_width;
      const float *top = in + 2 * (size_t)oy * width;
      float *to = out + (size_t)oy * count * channels;
      if (pool->mean) pool_halves(1, top, width, channels, to, count);
      else pool_halves(0, top, width, channels, to, count);
      continue;
    }
    const int32_t y = oy * pool->stride_height - pool->pad_top, top = y < 0 ? 0 : y;
    const int32_t bottom = y + pool->kernel_height < pool->in_height ? y + pool->kernel_height : pool->in_height;
    for (int32_t ox = 0; ox < pool->out_width; ox++) {
      const int32_t x = ox * pool->stride_width - pool->pad_left, left = x < 0 ? 0 : x;
      const int32_t right = x + pool->kernel_width < pool->in_width ? x + pool->kernel_width : pool->in_width;
      const float *first = in + ((size_t)top * (size_t)pool->in_width + (size_t)left) * channels;
      float *to = out + ((size_t)oy * (size_t)pool->out_width + (size_t)ox) * channels;
      if (pool->mean) pool_pixel(1, pool, first, bottom - top, right - left, to);
      else pool_pixel(0, pool, first, bottom - top, right - left, to);
    }
  }
}
