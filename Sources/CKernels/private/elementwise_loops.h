// Element-by-element functions and bilinear scaling: loops that the compiler turns into vector code by itself, and
// exponentials in vectors.
#pragma once
#include <math.h>

#include "../include/elementwise.h"
#include "function_vectors.h"
#include "vectors.h"

// A loop for each kind of step, so that each becomes vector code.
#define EACH(expression)                 \
  if (a_step && b_step) {                \
    for (size_t i = 0; i < count; i++) { \
      const float x = a[i], y = b[i];    \
      out[i] = (expression);             \
    }                                    \
  } else if (a_step) {                   \
    const float y = b[0];                \
    for (size_t i = 0; i < count; i++) { \
      const float x = a[i];              \
      out[i] = (expression);             \
    }                                    \
  } else {                               \
    const float x = a[0];                \
    for (size_t i = 0; i < count; i++) { \
      const float y = b[i * b_step];     \
      out[i] = (expression);             \
    }                                    \
  }                                      \
  break

static void binary(int32_t function, const float *a, size_t a_step, const float *b, size_t b_step, float *out,
                   size_t count) {
  switch (function) {
    case VK_ADD: EACH(x + y);
    case VK_SUBTRACT: EACH(x - y);
    case VK_MULTIPLY: EACH(x * y);
    case VK_DIVIDE: EACH(x / y);
    case VK_SQUARED_DIFFERENCE: EACH((x - y) * (x - y));
    case VK_MINIMUM: EACH(x < y ? x : y);
    default: EACH(x > y ? x : y);
  }
}

#define MAP(expression)                \
  for (size_t i = 0; i < count; i++) { \
    const float x = in[i];             \
    out[i] = (expression);             \
  }                                    \
  break
// The same for an expression of vectors.
#define MAP_VECTORS(expression)                            \
  for (size_t i = 0; i < count; i += LANES) {              \
    const lanes mask = first_lanes(count - i);             \
    const vec x = load_some(in + i, mask);                 \
    store_some(out + i, (expression), mask);               \
  }                                                        \
  break

static void unary(int32_t function, const float *in, float *out, size_t count) {
  switch (function) {
    case VK_RELU: MAP(x < 0 ? 0 : x);
    case VK_RELU6: MAP(x < 0 ? 0 : x > 6 ? 6 : x);
    case VK_LOGISTIC: MAP_VECTORS(vlogistic(x));
    case VK_TANH: MAP_VECTORS(vtanh(x));
    case VK_SQRT: MAP(sqrtf(x));
    case VK_RSQRT: MAP(1 / sqrtf(x));
    case VK_NEGATIVE: MAP(-x);
    case VK_EXP: MAP_VECTORS(vexp(x));
    case VK_ABS: MAP(fabsf(x));
    case VK_SQUARE: MAP(x * x);
    default: MAP(x * (x < -3 ? 0 : x > 3 ? 1 : (x + 3) / 6));
  }
}

static void prelu(const float *in, const float *slope, float *out, size_t pixels, size_t channels) {
  for (size_t p = 0; p < pixels; p++, in += channels, out += channels)
    for (size_t c = 0; c < channels; c++) out[c] = in[c] > 0 ? in[c] : in[c] * slope[c];
}

INLINE float source(int32_t place, int32_t in_size, int32_t out_size, int32_t align, int32_t half) {
  const float scale =
      align && out_size > 1 ? (float)(in_size - 1) / (float)(out_size - 1) : (float)in_size / (float)out_size;
  const float position = half ? ((float)place + 0.5f) * scale - 0.5f : (float)place * scale;
  return position < 0 ? 0 : position;
}

static void resize_bilinear(const float *in, int32_t in_height, int32_t in_width, float *out, int32_t out_height,
                            int32_t out_width, int32_t channels, int32_t align, int32_t half) {
  const size_t row = (size_t)in_width * (size_t)channels;
  for (int32_t oy = 0; oy < out_height; oy++) {
    const float y = source(oy, in_height, out_height, align, half);
    const int32_t y0 = (int32_t)y < in_height ? (int32_t)y : in_height - 1, y1 = y0 + 1 < in_height ? y0 + 1 : y0;
    const float wy = y - (float)y0;
    for (int32_t ox = 0; ox < out_width; ox++, out += channels) {
      const float x = source(ox, in_width, out_width, align, half);
      const int32_t x0 = (int32_t)x < in_width ? (int32_t)x : in_width - 1, x1 = x0 + 1 < in_width ? x0 + 1 : x0;
      const float wx = x - (float)x0;
      const float *a = in + (size_t)y0 * row + (size_t)x0 * (size_t)channels;
      const float *b = in + (size_t)y0 * row + (size_t)x1 * (size_t)channels;
      const float *c = in + (size_t)y1 * row + (size_t)x0 * (size_t)channels;
      const float *d = in + (size_t)y1 * row + (size_t)x1 * (size_t)channels;
      for (int32_t i = 0; i < channels; i++) {
        const float top = a[i] + wx * (b[i] - a[i]), bottom = c[i] + wx * (d[i] - c[i]);
        out[i] = top + wy * (bottom - top);
      }
    }
  }
}
