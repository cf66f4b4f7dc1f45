// Convolutions, depthwise convolutions, their packed weights, and pooling.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "convolution.h"
#include "pool.h"

enum { UNTOUCHED = 7777 };

// A random shape; kernel, stride, dilation as {vertical, horizontal}.
typedef struct {
  int height, width, channels, outputs, kernel[2], stride[2], dilation[2], top, left, out_height, out_width;
} shape;

static shape random_shape(int depthwise) {
  shape s;
  s.channels = ONE_OF(1, 2, 3, 4, 7, 8, 12, 13, 16, 17, 24, 31, 33, 48);
  s.outputs = depthwise ? s.channels : ONE_OF(1, 3, 4, 8, 8, 15, 16, 17, 24, 31, 32, 33, 40, 64, 65, 100);
  s.kernel[0] = ONE_OF(1, 1, 2, 3, 3, 5, 7);
  s.kernel[1] = below(3) ? s.kernel[0] : ONE_OF(1, 2, 3, 5, 7);
  s.stride[0] = ONE_OF(1, 1, 1, 2, 3), s.stride[1] = below(3) ? s.stride[0] : ONE_OF(1, 2, 3);
  s.dilation[0] = ONE_OF(1, 1, 1, 2), s.dilation[1] = ONE_OF(1, 1, 1, 3);
  int pad[2][2], size[2];
  for (int axis = 0; axis < 2; axis++) {
    const int span = (s.kernel[axis] - 1) * s.dilation[axis] + 1;
    const int keep = below(2);  // as much padding as keeps the size, or any
    for (int side = 0; side < 2; side++) pad[axis][side] = keep ? (span - 1) / 2 : below(span);
    const int least = span - pad[axis][0] - pad[axis][1];
    size[axis] = (least > 1 ? least : 1) + (axis ? ONE_OF(0, 1, 4, 7, 14, 29) : ONE_OF(0, 1, 4, 9));
  }
  s.height = size[0], s.width = size[1], s.top = pad[0][0], s.left = pad[1][0];
  s.out_height = (size[0] + pad[0][0] + pad[0][1] - (s.kernel[0] - 1) * s.dilation[0] - 1) / s.stride[0] + 1;
  s.out_width = (size[1] + pad[1][0] + pad[1][1] - (s.kernel[1] - 1) * s.dilation[1] - 1) / s.stride[1] + 1;
  return s;
}

// Activations and what follows, in doubles.
static double finished(const vk_convolution *c, double x, size_t pixel, size_t channel) {
  if (c->residual && channel < (size_t)c->residual_channels)
    x += c->residual[pixel * (size_t)c->residual_stride + channel];
  const double gate = c->low * x + c->high;
  switch (c->activation) {
    case VK_THEN_CLAMP: x = x < c->low ? c->low : x > c->high ? c->high : x; break;
    case VK_THEN_SLOPE: x = x > 0 ? x : x * c->slope[channel]; break;
    case VK_THEN_SWISH: x = x / (1 + exp(-x)); break;
    case VK_THEN_HARD_SWISH: x *= x / 6 + 0.5 < 0 ? 0 : x / 6 + 0.5 > 1 ? 1 : x / 6 + 0.5; break;
    case VK_THEN_SIGMOID: x = 1 / (1 + exp(-x)); break;
    case VK_THEN_HARD_SIGMOID: x = gate < 0 ? 0 : gate > 1 ? 1 : gate; break;
    case VK_THEN_GELU: x = x / 2 * (1 + erf(x * 0.70710678118654752)); break;
    default: break;
  }
  if (c->scale) x *= c->scale[channel];
  if (c->shift) x += c->shift[channel];
  return x;
}

// What the description says, with a random tail.
static vk_convolution describe(const shape *s, kind what) {
  vk_convolution c = {.merged = 1};
  c.in_height = s->height, c.in_width = s->width, c.channels = c.pixel_stride = s->channels;
  c.out_height = s->out_height, c.out_width = s->out_width, c.out_channels = s->outputs;
  c.out_stride = s->outputs + ONE_OF(0, 0, 0, 5);
  c.kernel_height = s->kernel[0], c.kernel_width = s->kernel[1];
  c.stride_height = s->stride[0], c.stride_width = s->stride[1];
  c.dilation_height = s->dilation[0], c.dilation_width = s->dilation[1], c.pad_top = s->top, c.pad_left = s->left;
  const size_t outputs = (size_t)s->outputs, pixels = (size_t)(s->out_height * s->out_width);
  c.activation = below(2) ? ONE_OF(VK_THEN_CLAMP, VK_THEN_SLOPE) : below(VK_THEN_GELU + 1);
  c.low = c.activation == VK_THEN_CLAMP ? 0 : 0.2f, c.high = c.activation == VK_THEN_CLAMP ? 6 : 0.5f;
  if (c.activation == VK_THEN_SLOPE) c.slope = numbers(outputs, PLAIN);
  if (below(3) == 0) {
    c.residual_channels = below(3) ? s->outputs : 1 + below(s->outputs);
    c.residual_stride = c.residual_channels;
    c.residual = numbers(pixels * (size_t)c.residual_stride, what);
  }
  if (below(4) == 0) c.scale = numbers(outputs, PLAIN);
  if (below(4) == 0) c.shift = numbers(outputs, PLAIN);
  return c;
}

static float *zeros(size_t count) {
  float *all = fenced(count);
  memset(all, 0, count * sizeof(float));
  return all;
}

typedef void runner(const vk_convolution *, int32_t, int32_t);

// Runs all at once and in random parts, and holds the sums (`wanted`, with `sizes` of their terms) against the result.
static void compare(vk_convolution *c, runner *run, int parts, const double *wanted, const double *sizes, const char *what) {
  const size_t pixels = (size_t)(c->out_height * c->out_width), outputs = (size_t)c->out_channels;
  const size_t stride = (size_t)c->out_stride, count = (pixels - 1) * stride + outputs;
  float *whole = fenced(count), *cut = fenced(count);
  for (size_t i = 0; i < count; i++) whole[i] = cut[i] = UNTOUCHED;
  c->output = whole;
  run(c, 0, parts);
  c->output = cut;
  for (int first = 0, next; first < parts; first = next) {
    next = first + 1 + below(parts - first);
    run(c, first, next);
  }
  expect_same_floats(cut, whole, count, "in parts");
  for (size_t pixel = 0; pixel < pixels; pixel++) {
    for (size_t n = 0; n < outputs; n++) {
      const size_t at = pixel * outputs + n;
      expect_near(whole[pixel * stride + n], finished(c, wanted[at], pixel, n), 3e-6, 1 + sizes[at], what, at);
    }
    for (size_t n = outputs; n < stride && pixel + 1 < pixels; n++)
      expect(whole[pixel * stride + n] == UNTOUCHED, "%s: wrote between pixels", what);
  }
}

static void convolution_of(shape s) {
  const kind what = (kind)below(3);
  vk_convolution c = describe(&s, what);
  const size_t taps = (size_t)(s.kernel[0] * s.kernel[1]), channels = (size_t)s.channels, outputs = (size_t)s.outputs;
  const size_t pixels = (size_t)(s.out_height * s.out_width);
  float *input = numbers((size_t)(s.height * s.width) * channels, what);
  float *weights = numbers(outputs * taps * channels, PLAIN), *bias = below(4) ? numbers(outputs, PLAIN) : NULL;
  float *packed = fenced(vk_packed_count(outputs, taps, channels));
  const int pointwise = taps == 1 && s.stride[0] == 1 && s.stride[1] == 1 && s.top == 0 && s.left == 0 &&
                        s.out_width == s.width && s.out_height == s.height;
  if (pointwise && vk_paired(outputs, channels)) {
    c.paired = 1;
    vk_pack_pairs(weights, bias, outputs, channels, packed);
  } else {
    vk_pack_weights(weights, bias, outputs, taps, channels, packed);
  }
  const int run = s.channels * s.kernel[1];
  if (!c.paired && s.channels <= 16 && s.kernel[1] > 1 && s.dilation[1] == 1 && run * s.kernel[0] <= VK_MAX_MERGED)
    c.merged = s.kernel[1], c.kernel_width = 1, c.channels = run;
  c.input = input, c.weights = packed, c.zero = zeros((size_t)c.channels);
  double *sums = malloc(pixels * outputs * sizeof(double)), *sizes = malloc(pixels * outputs * sizeof(double));
  for (size_t pixel = 0, at = 0; pixel < pixels; pixel++)
    for (size_t n = 0; n < outputs; n++, at++) {
      sums[at] = bias ? bias[n] : 0, sizes[at] = 0;
      for (int ky = 0; ky < s.kernel[0]; ky++)
        for (int kx = 0; kx < s.kernel[1]; kx++) {
          const int y = (int)pixel / s.out_width * s.stride[0] - s.top + ky * s.dilation[0];
          const int x = (int)pixel % s.out_width * s.stride[1] - s.left + kx * s.dilation[1];
          if (y < 0 || x < 0 || y >= s.height || x >= s.width) continue;
          const float *from = input + (size_t)(y * s.width + x) * channels;
          const float *by = weights + (n * taps + (size_t)(ky * s.kernel[1] + kx)) * channels;
          for (size_t k = 0; k < channels; k++) sums[at] += (double)from[k] * by[k], sizes[at] += fabs((double)from[k] * by[k]);
        }
      if (!(sizes[at] < 1e30)) sizes[at] = 0;
    }
  compare(&c, vk_convolve, (int)pixels, sums, sizes, "convolution");
  free(sums), free(sizes);
}

void check_convolution(void) {
  shape s = random_shape(0);
  if (s.kernel[0] * s.kernel[1] * s.channels * s.outputs > 20000) s.outputs = ONE_OF(1, 8, 17);
  convolution_of(s);
}

// A kernel row taken as one tap that reaches over the right edge only: it once passed for 1x1 and read the next row.
void check_right_edge(void) {
  for (int width = 2; width < 40; width++, release())
    convolution_of((shape){.height = 3, .width = width, .channels = 3, .outputs = 5, .kernel = {1, 2}, .stride = {1, 1},
                           .dilation = {1, 1}, .out_height = 3, .out_width = width});
}

void check_depthwise(void) {
  const shape s = random_shape(1);
  const kind what = (kind)below(3);
  vk_convolution c = describe(&s, what);
  const size_t taps = (size_t)(s.kernel[0] * s.kernel[1]), channels = (size_t)s.channels;
  const size_t pixels = (size_t)(s.out_height * s.out_width);
  float *input = numbers((size_t)(s.height * s.width) * channels, what);
  float *weights = numbers(taps * channels, PLAIN), *bias = numbers(channels, PLAIN);
  c.input = input, c.weights = weights, c.bias = bias;
  const int reach = (s.out_width - 1) * s.stride[1] + (s.kernel[1] - 1) * s.dilation[1] + 1 - s.left;
  const int padded = s.left + (reach > s.width ? reach : s.width);
  c.zero = zeros((size_t)padded * channels);
  double *sums = malloc(pixels * channels * sizeof(double)), *sizes = malloc(pixels * channels * sizeof(double));
  for (size_t pixel = 0, at = 0; pixel < pixels; pixel++)
    for (size_t n = 0; n < channels; n++, at++) {
      sums[at] = bias[n], sizes[at] = 0;
      for (int ky = 0; ky < s.kernel[0]; ky++)
        for (int kx = 0; kx < s.kernel[1]; kx++) {
          const int y = (int)pixel / s.out_width * s.stride[0] - s.top + ky * s.dilation[0];
          const int x = (int)pixel % s.out_width * s.stride[1] - s.left + kx * s.dilation[1];
          if (y < 0 || x < 0 || y >= s.height || x >= s.width) continue;
          const double term = (double)input[(size_t)(y * s.width + x) * channels + n] *
                              weights[(size_t)(ky * s.kernel[1] + kx) * channels + n];
          sums[at] += term, sizes[at] += fabs(term);
        }
      if (!(sizes[at] < 1e30)) sizes[at] = 0;
    }
  compare(&c, vk_depthwise, s.out_height, sums, sizes, "depthwise");
  free(sums), free(sizes);
}

// Weights from a file, at any address, give the same panels as ordered ones.
void check_packing(void) {
  const size_t outputs = (size_t)ONE_OF(1, 5, 16, 17, 33, 70), taps = (size_t)ONE_OF(1, 1, 4, 9), channels = (size_t)ONE_OF(1, 3, 8, 13);
  const size_t steps = taps * channels, count = outputs * steps, offset = (size_t)below(4);
  unsigned char *stored = fenced_bytes(count * 4 + offset) + offset;
  float *ordered = numbers(count, PLAIN), *bias = numbers(outputs, PLAIN), *factors = numbers(outputs, PLAIN);
  const int scaled = below(2), channels_first = taps == 1 && below(2);
  for (size_t n = 0; n < outputs; n++)
    for (size_t t = 0; t < taps; t++)
      for (size_t k = 0; k < channels; k++) {
        const size_t place = channels_first ? k * outputs + n : (n * channels + k) * taps + t;
        memcpy(stored + 4 * place, &ordered[(n * taps + t) * channels + k], 4);
      }
  if (scaled)
    for (size_t n = 0; n < outputs; n++)
      for (size_t k = 0; k < steps; k++) ordered[n * steps + k] *= factors[n];
  const size_t size = vk_packed_count(outputs, taps, channels);
  float *wanted = fenced(size), *got = fenced(size);
  vk_pack_weights(ordered, bias, outputs, taps, channels, wanted);
  const vk_stored_weights from = {stored, bias, scaled ? factors : NULL, outputs, taps, channels, channels_first};
  for (size_t panel = 0; panel < vk_panels(outputs); panel++) vk_pack_stored(&from, panel, panel + 1, got);
  expect_same_bytes(got, wanted, size * 4, "panels");
}

void check_pool(void) {
  vk_pool p = {.channels = ONE_OF(1, 3, 4, 8, 13, 16, 17, 33), .mean = below(2), .count_padding = below(2)};
  p.kernel_height = ONE_OF(1, 2, 2, 3, 5), p.kernel_width = below(2) ? p.kernel_height : ONE_OF(1, 2, 3);
  p.stride_height = ONE_OF(1, 2, 2, 3), p.stride_width = ONE_OF(1, 2, 2, 3);
  p.pad_top = below(p.kernel_height), p.pad_left = below(p.kernel_width);
  p.in_height = p.kernel_height + below(9), p.in_width = p.kernel_width + below(17);
  p.out_height = (p.in_height + p.pad_top - p.kernel_height) / p.stride_height + 1;
  p.out_width = (p.in_width + p.pad_left - p.kernel_width) / p.stride_width + 1;
  const size_t channels = (size_t)p.channels, count = (size_t)(p.out_height * p.out_width) * channels;
  float *in = numbers((size_t)(p.in_height * p.in_width) * channels, (kind)below(2)), *out = fenced(count);
  vk_pool_run(&p, in, out, 0, p.out_height);
  for (int oy = 0; oy < p.out_height; oy++)
    for (int ox = 0; ox < p.out_width; ox++)
      for (size_t n = 0; n < channels; n++) {
        double sum = 0, most = -INFINITY, taps = 0;
        for (int ky = 0; ky < p.kernel_height; ky++)
          for (int kx = 0; kx < p.kernel_width; kx++) {
            const int y = oy * p.stride_height - p.pad_top + ky, x = ox * p.stride_width - p.pad_left + kx;
            if (y < 0 || x < 0 || y >= p.in_height || x >= p.in_width) continue;
            const double value = in[(size_t)(y * p.in_width + x) * channels + n];
            sum += value, most = value > most ? value : most, taps++;
          }
        const double whole = p.kernel_height * p.kernel_width;
        const size_t at = (size_t)(oy * p.out_width + ox) * channels + n;
        expect_near(out[at], p.mean ? sum / (p.count_padding ? whole : taps) : most, 1e-6, 1, "pool", at);
      }
}
