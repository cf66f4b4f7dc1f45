// Tiles of 12 or 13 pixels whose windows lie evenly in memory: in one row and wholly inside the picture, or anywhere where
// the kernel is 1x1. Included by convolution_loops.h for registers of 16.

enum { EVEN = 12, COUNT_MAX = EVEN + 1 };

// As `tile` for at most LANES output channels and COUNT pixels that lie `step` floats apart: the addresses of a tap then
// need few registers. Even and odd channels have sums of their own, so that loads that run at the same time read the
// same line of the cache; from lines a power of two apart they would wait for each other.
INLINE void even_sums(const int COUNT, const int SPLIT, const vk_convolution *c, const float *first, ptrdiff_t step,
                      const ptrdiff_t *offsets, size_t taps, const float *packed, size_t pixel, size_t channel) {
  vec sum[COUNT_MAX][2], odd[COUNT_MAX];
  UNROLL for (int m = 0; m < COUNT; m++) sum[m][0] = load(packed), odd[m] = splat(0);
  packed += LANES;
  const ptrdiff_t channels = c->channels;
  for (size_t t = 0; t < taps; t++) {
    const float *place[(COUNT_MAX + 2) / 3];
    UNROLL for (int g = 0; g < (COUNT + 2) / 3; g++) place[g] = first + offsets[t] + 3 * g * step;
    ptrdiff_t k = 0;
    for (; k + 2 <= channels; k += 2) {
      const vec w = load(packed), x = load(packed + LANES);
      packed += 2 * LANES;
      UNROLL for (int m = 0; m < COUNT; m++) {
        sum[m][0] += splat(place[m / 3][(m % 3) * step]) * w;
        const vec second = splat(place[m / 3][(m % 3) * step + 1]);
        if (SPLIT) odd[m] += second * x;
        else sum[m][0] += second * x;
      }
      UNROLL for (int g = 0; g < (COUNT + 2) / 3; g++) place[g] += 2;
    }
    if (k < channels) {
      const vec w = load(packed);
      packed += LANES;
      UNROLL for (int m = 0; m < COUNT; m++) sum[m][0] += splat(place[m / 3][(m % 3) * step]) * w;
    }
  }
  if (SPLIT)
    UNROLL for (int m = 0; m < COUNT; m++) sum[m][0] += odd[m];
  keep(COUNT, 1, c, sum, pixel, channel);
}

// As `even_sums` without a split for 2 * LANES output channels from `channel` on.
INLINE void even_double(const int COUNT, const vk_convolution *c, const float *first, ptrdiff_t step,
                        const ptrdiff_t *offsets, size_t taps, const float *packed, size_t pixel, size_t channel) {
  vec sum[COUNT_MAX][2];
  UNROLL for (int v = 0; v < 2; v++) {
    const vec bias = load(packed + LANES * v);
    UNROLL for (int m = 0; m < COUNT; m++) sum[m][v] = bias;
  }
  packed += 2 * LANES;
  const ptrdiff_t channels = c->channels;
  for (size_t t = 0; t < taps; t++) {
    const float *place[(COUNT_MAX + 2) / 3];
    UNROLL for (int g = 0; g < (COUNT + 2) / 3; g++) place[g] = first + offsets[t] + 3 * g * step;
    for (ptrdiff_t k = 0; k < channels; k++) {
      const vec w = load(packed), x = load(packed + LANES);
      packed += 2 * LANES;
      UNROLL for (int m = 0; m < COUNT; m++) {
        const vec value = splat(place[m / 3][(m % 3) * step]);
        sum[m][0] += value * w;
        sum[m][1] += value * x;
      }
      UNROLL for (int g = 0; g < (COUNT + 2) / 3; g++) place[g]++;
    }
  }
  keep(COUNT, 2, c, sum, pixel, channel);
}

#define EVEN_TILE(name, sums, ...)                                                                                \
  static __attribute__((noinline)) void name(const vk_convolution *c, const float *first, ptrdiff_t step,   \
                                                   const ptrdiff_t *offsets, size_t taps, const float *packed,    \
                                                   size_t pixel, size_t channel) {                                \
    sums(__VA_ARGS__, c, first, step, offsets, taps, packed, pixel, channel);                                     \
  }
EVEN_TILE(even_tile, even_sums, EVEN, 1)
// The last channels of a wide layer, summed in the order of the others: equal weights must give equal sums.
EVEN_TILE(even_last, even_sums, EVEN, 0)
EVEN_TILE(even_wide, even_double, EVEN)
// One pixel more: the last of 25 or 49 would read all weights for itself.
EVEN_TILE(odd_last, even_sums, EVEN + 1, 0)
EVEN_TILE(odd_wide, even_double, EVEN + 1)

// All output channels of EVEN pixels, or of one more.
INLINE void even_panels(const vk_convolution *c, const float *first, ptrdiff_t step, const ptrdiff_t *offsets,
                              size_t taps, size_t pixel, int more) {
  const float *packed = c->weights;
  const size_t steps = taps * (size_t)c->channels + 1, outputs = (size_t)c->out_channels;
  size_t channel = 0;
  for (; outputs - channel > LANES; channel += 2 * LANES, packed += 2 * LANES * steps) {
    if (more) odd_wide(c, first, step, offsets, taps, packed, pixel, channel);
    else even_wide(c, first, step, offsets, taps, packed, pixel, channel);
    if (outputs - channel <= 2 * LANES) return;
  }
  if (more) odd_last(c, first, step, offsets, taps, packed, pixel, channel);
  else if (channel) even_last(c, first, step, offsets, taps, packed, pixel, channel);
  else even_tile(c, first, step, offsets, taps, packed, pixel, channel);
}

// How many pixels from `begin` on lie in one row with windows wholly inside; the address of the first window.
INLINE int32_t even_run(const vk_convolution *c, int32_t begin, int32_t most, const float **first) {
  const int32_t reach_y = (c->kernel_height - 1) * c->dilation_height;
  const int32_t reach_x = (c->kernel_width - 1) * c->dilation_width + (c->merged > 1 ? c->merged - 1 : 0);
  const int32_t oy = begin / c->out_width, ox = begin % c->out_width;
  const int32_t y = oy * c->stride_height - c->pad_top, x = ox * c->stride_width - c->pad_left;
  if (y < 0 || x < 0 || y + reach_y >= c->in_height || x + reach_x >= c->in_width) return 0;
  const int32_t inside = (c->in_width - 1 - reach_x - x) / c->stride_width + 1;
  int32_t count = c->out_width - ox < inside ? c->out_width - ox : inside;
  if (count > most) count = most;
  *first = c->input + ((ptrdiff_t)y * c->in_width + x) * (ptrdiff_t)c->pixel_stride;
  return count;
}
