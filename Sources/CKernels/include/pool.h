// Pooling of batch x height x width x channels (NHWC) floats.
#pragma once
#include <stdint.h>

#include "nullability.h"

// Pooling of one picture; taps outside do not take part. Every window has at least one tap inside.
typedef struct vk_pool {
  int32_t in_height, in_width, channels, out_height, out_width;
  int32_t kernel_height, kernel_width, stride_height, stride_width, pad_top, pad_left;
  int32_t mean;           // 0 maximum, 1 mean
  int32_t count_padding;  // the mean divides by the whole window, outside included
} vk_pool;

// Output rows begin..<end.
void vk_pool_run(const vk_pool *_Nonnull pool, const float *_Nonnull in, float *_Nonnull out, int32_t begin,
                 int32_t end);
