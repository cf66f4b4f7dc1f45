// What follows a sum before it is stored: residual, activation, scale and shift.
#pragma once
#include "../include/convolution.h"
#include "function_vectors.h"
#include "vectors.h"

// Activations that cost more than a few instructions.
INLINE vec costly(const vk_convolution *c, vec value) {
  switch (c->activation) {
    case VK_THEN_SWISH: return value * vlogistic(value);
    case VK_THEN_SIGMOID: return vlogistic(value);
    case VK_THEN_GELU: return vgelu(value);
    case VK_THEN_HARD_SWISH: return value * vclamp(value * (1.0f / 6) + 0.5f, 0, 1);
    default: return vclamp(value * c->low + c->high, 0, 1);
  }
}

// x where it is not negative, else slope * x.
INLINE vec slope_tail(vec value, vec slope) {
#if LANES == 16
  const __mmask16 negative = _mm512_movepi32_mask((__m512i)value);
  return (vec)_mm512_mask_mul_ps((__m512)value, negative, (__m512)value, (__m512)slope);
#else
  const vec zero = splat(0);
  return vmax(zero, value) + vmin(zero, value) * slope;
#endif
}

// The end of a sum: residual and activation of LANES output channels from `channel` on.
INLINE vec finish(const vk_convolution *c, vec value, size_t pixel, size_t channel, lanes mask) {
  if (c->residual) {
    const size_t width = (size_t)c->residual_channels;
    const float *place = c->residual + pixel * (size_t)c->residual_stride + channel;
    if (channel < width) value += load_some(place, first_lanes(width - channel));
  }
  if (c->activation == VK_THEN_CLAMP) value = vclamp(value, c->low, c->high);
  else if (c->activation == VK_THEN_SLOPE) value = slope_tail(value, load_some(c->slope + channel, mask));
  else if (c->activation != VK_THEN_NOTHING) value = costly(c, value);
  if (c->scale) value *= load_some(c->scale + channel, mask);
  if (c->shift) value += load_some(c->shift + channel, mask);
  return value;
}

// MR x NV vectors of sums to the output, each kind of tail in a loop of its own over registers.
INLINE void keep(const int MR, const int NV, const vk_convolution *c, vec (*sum)[2], size_t pixel, size_t channel) {
  const size_t left = (size_t)c->out_channels - channel, stride = (size_t)c->out_stride;
  if (c->residual) {
    const size_t width = (size_t)c->residual_channels;
    const size_t step = (size_t)c->residual_stride;
    const float *residual = c->residual + pixel * step + channel;
    UNROLL for (int v = 0; v < NV; v++) {
      const size_t at = channel + (size_t)(LANES * v);
      const lanes mask = first_lanes(at < width ? width - at : 0);
      UNROLL for (int m = 0; m < MR; m++) sum[m][v] += load_some(residual + (size_t)m * step + LANES * v, mask);
    }
  }
  lanes mask[2];
  UNROLL for (int v = 0; v < NV; v++) mask[v] = first_lanes(left - (size_t)(LANES * v));
  if (c->activation == VK_THEN_CLAMP) {
    UNROLL for (int v = 0; v < NV; v++)
      UNROLL for (int m = 0; m < MR; m++) sum[m][v] = vclamp(sum[m][v], c->low, c->high);
  } else if (c->activation == VK_THEN_SLOPE) {
    UNROLL for (int v = 0; v < NV; v++) {
      const vec slope = load_some(c->slope + channel + LANES * v, mask[v]);
      UNROLL for (int m = 0; m < MR; m++) sum[m][v] = slope_tail(sum[m][v], slope);
    }
  } else if (c->activation != VK_THEN_NOTHING) {
    vec buffer[ROWS + 1][2];
    UNROLL for (int v = 0; v < NV; v++)
      UNROLL for (int m = 0; m < MR; m++) buffer[m][v] = sum[m][v];
    for (int i = 0; i < MR; i++)
      for (int v = 0; v < NV; v++) buffer[i][v] = costly(c, buffer[i][v]);
    UNROLL for (int v = 0; v < NV; v++)
      UNROLL for (int m = 0; m < MR; m++) sum[m][v] = buffer[m][v];
  }
  if (c->scale || c->shift) {
    UNROLL for (int v = 0; v < NV; v++) {
      const vec scale = c->scale ? load_some(c->scale + channel + LANES * v, mask[v]) : splat(1);
      const vec shift = c->shift ? load_some(c->shift + channel + LANES * v, mask[v]) : splat(0);
      UNROLL for (int m = 0; m < MR; m++) sum[m][v] = sum[m][v] * scale + shift;
    }
  }
  float *out = c->output + pixel * stride + channel;
  if (left >= (size_t)(LANES * NV)) {
    UNROLL for (int m = 0; m < MR; m++)
      UNROLL for (int v = 0; v < NV; v++) store(out + (size_t)m * stride + LANES * v, sum[m][v]);
  } else {
    UNROLL for (int m = 0; m < MR; m++)
      UNROLL for (int v = 0; v < NV; v++) store_some(out + (size_t)m * stride + LANES * v, sum[m][v], mask[v]);
  }
}
