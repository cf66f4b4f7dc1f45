// Convolutions on batch x height x width x channels (NHWC) floats, with packed weights.
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "nullability.h"

// What follows a sum before it is stored.
enum {
  VK_THEN_NOTHING = 0,
  VK_THEN_CLAMP,         // min(max(x, low), high)
  VK_THEN_SLOPE,         // x > 0 ? x : slope[channel] * x
  VK_THEN_SWISH,         // x / (1 + exp(-x))
  VK_THEN_HARD_SWISH,    // x * min(max(x / 6 + 0.5, 0), 1)
  VK_THEN_SIGMOID,       // 1 / (1 + exp(-x))
  VK_THEN_HARD_SIGMOID,  // min(max(low * x + high, 0), 1)
  VK_THEN_GELU,          // x / 2 (1 + erf(x / sqrt 2))
};

// One convolution of one picture. Padding is virtual: taps outside the picture read `zero`.
typedef struct vk_convolution {
  const float *_Nullable input;     // in_height x in_width x channels
  const float *_Nullable zero;      // zeros: `channels` of them; for depthwise a row of the input with its padding
  const float *_Nullable weights;   // from vk_pack_weights, or kernel x channels for depthwise
  const float *_Nullable bias;      // depthwise only: `channels` numbers
  const float *_Nullable slope;     // VK_THEN_SLOPE: one number an output channel
  const float *_Nullable scale;     // one number an output channel, times the activation's result; may be null
  const float *_Nullable shift;     // and added after that; may be null
  const float *_Nullable residual;  // added before the activation; may be null
  float *_Nullable output;          // out_height x out_width x out_channels
  int32_t in_height, in_width;
  int32_t channels;      // numbers that one tap contributes, side by side in memory
  int32_t pixel_stride;  // floats from one input pixel to the next
  int32_t merged;        // pixels that one tap covers: 1, or a whole kernel row taken as one tap (kernel_width is 1 then)
  int32_t out_height, out_width, out_channels;
  int32_t out_stride;         // floats from one output pixel to the next
  int32_t residual_channels;  // the residual has only the first so many channels
  int32_t residual_stride;    // floats from one of its pixels to the next
  int32_t kernel_height, kernel_width, stride_height, stride_width, dilation_height, dilation_width;
  int32_t pad_top, pad_left;
  int32_t paired;  // what vk_paired says of the weights; only for 1x1 at stride 1 without padding
  int32_t activation;
  float low, high;  // VK_THEN_CLAMP, VK_THEN_HARD_SIGMOID
} vk_convolution;

// Floats that vk_pack_weights writes for `outputs` channels of `taps` x `channels` weights.
size_t vk_packed_count(size_t outputs, size_t taps, size_t channels);

// Reorders weights[outputs][taps][channels] and bias[outputs] (may be null) into panels the kernels stream through.
void vk_pack_weights(const float *_Nonnull weights, const float *_Nullable bias, size_t outputs, size_t taps,
                     size_t channels, float *_Nonnull packed);

// Weights as a file stores them: little-endian floats at any address, outputs x channels x taps, or channels x outputs.
typedef struct vk_stored_weights {
  const void *_Nonnull numbers;
  const float *_Nullable bias;     // one number an output
  const float *_Nullable factors;  // one number an output, times all its weights
  size_t outputs, taps, channels;
  int32_t channels_first;  // channels x outputs; taps is 1 then
} vk_stored_weights;

// Groups of outputs that vk_pack_stored packs on their own.
size_t vk_panels(size_t outputs);

// As vk_pack_weights for panels begin..<end; different ranges may be packed at the same time.
void vk_pack_stored(const vk_stored_weights *_Nonnull weights, size_t begin, size_t end, float *_Nonnull packed);

// Whether weights for so few outputs are better packed by vk_pack_pairs: a register then holds two inputs of each.
int vk_paired(size_t outputs, size_t channels);

// As vk_pack_weights for weights[outputs][channels] where vk_paired says so; as many floats.
void vk_pack_pairs(const float *_Nonnull weights, const float *_Nullable bias, size_t outputs, size_t channels,
                   float *_Nonnull packed);

// Most taps that a kernel may have.
enum { VK_MAX_TAPS = 256 };

// Most numbers in a window whose rows are merged.
enum { VK_MAX_MERGED = 320 };

// Output pixels begin..<end (row-major) of a full convolution.
void vk_convolve(const vk_convolution *_Nonnull convolution, int32_t begin, int32_t end);

// Output rows begin..<end of a depthwise convolution; weights[kernel_height * kernel_width][channels].
void vk_depthwise(const vk_convolution *_Nonnull convolution, int32_t begin, int32_t end);
