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

// COUNT pixels from `ox` on whose windows lie inside; K and S are the kernel's size and stride when known, else 0.
INLINE void inside(const int K, const int S, const int COUNT, const vk_convolution *c, const float *const *rows,
                   int32_t ox, size_t channel, lanes mask, vec *sum) {
  const int32_t height = K ? K : c->kernel_height, width = K ? K : c->kernel_width;
  const size_t channels = (size_t)c->channels;
  const size_t step = (size_t)(S ? S : c->stride_width) * channels;
  const size_t dilation = (K ? 1 : (size_t)c->dilation_width) * channels;
  const size_t start = (size_t)(ox * (S ? S : c->stride_width) - c->pad_left) * channels + channel;
  const float *weight = c->weights + channel;
  const vec bias = load_some(c->bias + channel, mask);
  UNROLL for (int m = 0; m < COUNT; m++) sum[m] = bias;
  for (int32_t ky = 0; ky < height; ky++) {
    const float *row = rows[ky] + start;
    for (int32_t kx = 0; kx < width; kx++, weight += channels) {
      const vec w = load_some(weight, mask);
      UNROLL for (int m = 0; m < COUNT; m++)
        sum[m] += load_some(row + (size_t)m * step + (size_t)kx * dilation, mask) * w;
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
  vec sum[COUNT];
  for (; ox + COUNT <= last; ox += COUNT) {
    inside(K, S, COUNT, c, rows, ox, channel, mask, sum);
    vec buffer[COUNT];
    UNROLL for (int m = 0; m < COUNT; m++) buffer[m] = sum[m];
    for (int m = 0; m < COUNT; m++) PUT(ox + m, buffer[m]);
  }
  for (; ox < last; ox++) {
    inside(K, S, 1, c, rows, ox, channel, mask, sum);
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

void NAME(vk_depthwise)(const vk_convolution *c, int32_t begin, int32_t end) {
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
