// Depthwise convolution for whatever register width the including file sets; see convolution_loops.h.
//
// Row by row, LANES channels at a time: the weights of these stay in registers (3x3) while the row is walked in steps
// of COUNT pixels. Rows above and below the picture are a row of zeros; the few pixels whose window reaches over the
// left or right edge go tap by tap.

// One pixel, taps `first_x`..<`last_x` of each kernel row.
INLINE vec edge(const vk_convolution *c, const float *const *rows, int32_t ox, size_t channel, lanes mask) {
  vec sum = load_some(c->bias + channel, mask);
  const int32_t x = ox * c->stride_width - c->pad_left;
  for (int32_t ky = 0; ky < c->kernel_height; ky++)
    for (int32_t kx = 0; kx < c->kernel_width; kx++) {
      const int32_t tx = x + kx * c->dilation_width;
      if (tx < 0 || tx >= c->in_width) continue;
      const size_t tap = (size_t)(ky * c->kernel_width + kx);
      sum += load_some(rows[ky] + (size_t)tx * (size_t)c->channels + channel, mask) *
             load_some(c->weights + tap * (size_t)c->channels + channel, mask);
    }
  return sum;
}

// COUNT pixels, `step` floats apart, whose windows lie inside and begin `start` floats into the rows. Taps are
// `reach` floats apart. K is the kernel's size when known, else 0.
INLINE void inside(const int K, const int COUNT, const vk_convolution *c, const float *const *rows, size_t start,
                   size_t step, size_t reach, size_t channel, lanes mask, vec *sum) {
  const int32_t height = K ? K : c->kernel_height, width = K ? K : c->kernel_width;
  const size_t channels = (size_t)c->channels;
  const float *weight = c->weights + channel;
  const vec bias = load_some(c->bias + channel, mask);
  UNROLL for (int m = 0; m < COUNT; m++) sum[m] = bias;
  for (int32_t ky = 0; ky < height; ky++) {
    const float *row = rows[ky] + start;
    for (int32_t kx = 0; kx < width; kx++, weight += channels) {
      const vec w = load_some(weight, mask);
      UNROLL for (int m = 0; m < COUNT; m++)
        sum[m] += load_some(row + (size_t)m * step + (size_t)kx * reach, mask) * w;
    }
  }
}

// LANES channels of one output row.
INLINE void depthwise_row(const int K, const int S, const vk_convolution *c, const float *const *rows, int32_t oy,
                          size_t channel, lanes mask) {
  enum { COUNT = LANES == 16 ? 8 : 4 };
  const int32_t span = (c->kernel_width - 1) * c->dilation_width;
  const int32_t stride = S ? S : c->stride_width;
  int32_t first = (c->pad_left + stride - 1) / stride;  // the first pixel whose window is inside
  int32_t last = c->in_width - 1 - span + c->pad_left;  // one after the last
  last = last < 0 ? 0 : last / stride + 1;
  if (last > c->out_width) last = c->out_width;
  if (first > last) first = last;
  const size_t pixel = (size_t)oy * (size_t)c->out_width;
  float *out = c->output + pixel * (size_t)c->out_stride + channel;
#define PUT(x, value) \
  store_some(out + (size_t)(x) * (size_t)c->out_stride, finish(c, value, pixel + (size_t)(x), channel, mask), mask)
  for (int32_t ox = 0; ox < first; ox++) PUT(ox, edge(c, rows, ox, channel, mask));
  int32_t ox = first;
  const size_t channels = (size_t)c->channels, step = (size_t)stride * channels;
  const size_t reach = (K ? 1 : (size_t)c->dilation_width) * channels;
  vec sum[COUNT];
  for (; ox + COUNT <= last; ox += COUNT) {
    inside(K, COUNT, c, rows, (size_t)(ox * stride - c->pad_left) * channels + channel, step, reach, channel, mask,
           sum);
    vec buffer[COUNT];
    UNROLL for (int m = 0; m < COUNT; m++) buffer[m] = sum[m];
    for (int m = 0; m < COUNT; m++) PUT(ox + m, buffer[m]);
  }
  for (; ox < last; ox++) {
    inside(K, 1, c, rows, (size_t)(ox * stride - c->pad_left) * channels + channel, step, reach, channel, mask, sum);
    PUT(ox, sum[0]);
  }
  for (; ox < c->out_width; ox++) PUT(ox, edge(c, rows, ox, channel, mask));
#undef PUT
}

#define ROW(K, S)                                                                                                \
  static __attribute__((noinline)) void NAME(depthwise_row_##K##_##S)(const vk_convolution *c,                   \
                                                                      const float *const *rows, int32_t oy) {    \
    const size_t channels = (size_t)c->channels;                                                                 \
    size_t channel = 0;                                                                                          \
    for (; channel + LANES <= channels; channel += LANES)                                                        \
      depthwise_row(K, S, c, rows, oy, channel, first_lanes(LANES));                                             \
    if (channel < channels) depthwise_row(K, S, c, rows, oy, channel, first_lanes(channels - channel));          \
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
  static __attribute__((noinline)) void NAME(flat_row_##K)(const vk_convolution *c, const float *const *rows, \
                                                           size_t count, size_t reach, size_t place) {       \
    enum { COUNT = LANES == 16 ? 8 : 4 };                                                                    \
    vec sum[COUNT];                                                                                          \
    size_t x = 0;                                                                                            \
    const lanes all = first_lanes(LANES);                                                                    \
    for (; x + COUNT * LANES <= count; x += COUNT * LANES) {                                                 \
      inside(K, COUNT, c, rows, x, LANES, reach, 0, all, sum);                                               \
      vec buffer[COUNT];                                                                                     \
      UNROLL for (int m = 0; m < COUNT; m++) buffer[m] = sum[m];                                             \
      for (size_t m = 0; m < COUNT; m++)                                                                     \
        store(c->output + place + x + m * LANES, finish(c, buffer[m], (place + x) / LANES + m, 0, all));     \
    }                                                                                                        \
    for (; x < count; x += LANES) {                                                                          \
      const lanes mask = first_lanes(count - x);                                                             \
      inside(K, 1, c, rows, x, LANES, reach, 0, all, sum);                                                   \
      store_some(c->output + place + x, finish(c, sum[0], (place + x) / LANES, 0, all), mask);               \
    }                                                                                                        \
  }
FLAT(3)
FLAT(5)
FLAT(0)

static void NAME(depthwise_flat)(const vk_convolution *c, int32_t begin, int32_t end) {
  const size_t channels = (size_t)c->channels, taps = (size_t)(c->kernel_height * c->kernel_width);
  float buffer[FLAT_ROW + LANES], weights[FLAT_TAPS * LANES], bias[LANES], slope[LANES];
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
  const size_t whole = count + (size_t)(c->kernel_width - 1) * reach;
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
      memset(row, 0, whole * sizeof(float));
      const size_t real = before + width < whole ? width : whole - before;
      if (y >= 0 && y < c->in_height) memcpy(row + before, c->input + (size_t)y * width, real * sizeof(float));
    }
    const size_t place = (size_t)oy * count;
    if (height == 3 && c->kernel_width == 3) NAME(flat_row_3)(&wide, rows, count, reach, place);
    else if (height == 5 && c->kernel_width == 5) NAME(flat_row_5)(&wide, rows, count, reach, place);
    else NAME(flat_row_0)(&wide, rows, count, reach, place);
  }
}

static int NAME(is_flat)(const vk_convolution *c) {
  const int32_t row = (c->out_width + (c->kernel_width - 1) * c->dilation_width) * c->channels;
  return !c->scale && !c->shift && c->channels < LANES && LANES % c->channels == 0 && c->stride_width == 1 && c->stride_height == 1 &&
         c->dilation_height == 1 && c->kernel_height * c->kernel_width <= FLAT_TAPS &&
         row * c->kernel_height <= FLAT_ROW && c->out_stride == c->channels &&
         (c->out_width * c->channels) % LANES == 0 && c->pad_top <= c->kernel_height &&
         (!c->residual || c->residual_channels == c->channels);
}

void NAME(vk_depthwise)(const vk_convolution *c, int32_t begin, int32_t end) {
  if (NAME(is_flat)(c)) return NAME(depthwise_flat)(c, begin, end);
  const float *rows[VK_MAX_TAPS];
  const size_t width = (size_t)c->in_width * (size_t)c->channels;
  const int square = c->kernel_height == c->kernel_width && c->dilation_height == 1 && c->dilation_width == 1;
  const int32_t kernel = square ? c->kernel_width : 0, stride = c->stride_width;
  for (int32_t oy = begin; oy < end; oy++) {
    for (int32_t ky = 0; ky < c->kernel_height; ky++) {
      const int32_t y = oy * c->stride_height - c->pad_top + ky * c->dilation_height;
      rows[ky] = y >= 0 && y < c->in_height ? c->input + (size_t)y * width : c->zero;
    }
    if (kernel == 3 && stride == 1) NAME(depthwise_row_3_1)(c, rows, oy);
    else if (kernel == 3 && stride == 2) NAME(depthwise_row_3_2)(c, rows, oy);
    else if (kernel == 5 && stride == 1) NAME(depthwise_row_5_1)(c, rows, oy);
    else if (kernel == 5 && stride == 2) NAME(depthwise_row_5_2)(c, rows, oy);
    else NAME(depthwise_row_0_0)(c, rows, oy);
  }
}
