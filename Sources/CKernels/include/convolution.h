// Convolutions on batch x height x width x channels (NHWC) floats, with packed weights.
#pragma once
#include <stddef.h>
#include <stdint.h>

// What follows a sum before it is stored.
enum { VK_LINEAR = 0, VK_CLAMP = 1, VK_PRELU = 2 };

// One convolution of one picture. Padding is virtual: taps outside the picture read `zero`.
typedef struct vk_convolution {
  const float *_Nullable input;     // in_height x in_width x channels
  const float *_Nullable zero;      // `channels` zeros
  const float *_Nullable weights;   // from vk_pack_weights, or kernel x channels and bias for depthwise
  const float *_Nullable bias;      // depthwise only: `channels` numbers
  const float *_Nullable slope;     // VK_PRELU: one number an output channel
  const float *_Nullable residual;  // added before the activation; laid out as the output; may be null
  float *_Nullable output;          // out_height x out_width x out_channels
  int32_t in_height, in_width;
  int32_t channels;      // numbers that one tap contributes, side by side in memory
  int32_t pixel_stride;  // floats from one input pixel to the next; equals `channels` unless taps are merged
  int32_t out_height, out_width, out_channels;
  int32_t kernel_height, kernel_width, stride_height, stride_width, dilation_height, dilation_width;
  int32_t pad_top, pad_left;
  int32_t activation;
  float low, high;  // VK_CLAMP
} vk_convolution;

// Floats that vk_pack_weights writes for `outputs` channels of `taps` x `channels` weights.
size_t vk_packed_count(size_t outputs, size_t taps, size_t channels);

// Reorders weights[outputs][taps][channels] and bias[outputs] (may be null) into panels the kernels stream through.
void vk_pack_weights(const float *_Nonnull weights, const float *_Nullable bias, size_t outputs, size_t taps,
                     size_t channels, float *_Nonnull packed);

// Output pixels begin..<end (row-major) of a full convolution.
void vk_convolve(const vk_convolution *_Nonnull convolution, int32_t begin, int32_t end);

// Output rows begin..<end of a depthwise convolution; weights[kernel_height * kernel_width][channels].
void vk_depthwise(const vk_convolution *_Nonnull convolution, int32_t begin, int32_t end);
