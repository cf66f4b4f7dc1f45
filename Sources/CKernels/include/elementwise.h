// Element-by-element functions of floats, and bilinear scaling on NHWC.
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "nullability.h"

enum { VK_ADD = 0, VK_SUBTRACT, VK_MULTIPLY, VK_DIVIDE, VK_SQUARED_DIFFERENCE, VK_MINIMUM, VK_MAXIMUM };
enum {
  VK_RELU = 0, VK_RELU6, VK_LOGISTIC, VK_TANH, VK_SQRT, VK_RSQRT, VK_NEGATIVE, VK_EXP, VK_ABS, VK_SQUARE, VK_HARD_SWISH
};

// out[i] = f(a[i * a_step], b[i * b_step]); a step is 0 (one number for all) or 1.
void vk_binary(int32_t function, const float *_Nonnull a, size_t a_step, const float *_Nonnull b, size_t b_step,
               float *_Nonnull out, size_t count);

// out[i] = f(in[i]).
void vk_unary(int32_t function, const float *_Nonnull in, float *_Nonnull out, size_t count);

// out[p][c] = in > 0 ? in : in * slope[c].
void vk_prelu(const float *_Nonnull in, const float *_Nonnull slope, float *_Nonnull out, size_t pixels,
              size_t channels);

// Bilinear scaling of one NHWC picture (TensorFlow's definitions of align_corners and half_pixel_centers).
void vk_resize_bilinear(const float *_Nonnull in, int32_t in_height, int32_t in_width, float *_Nonnull out,
                        int32_t out_height, int32_t out_width, int32_t channels, int32_t align_corners,
                        int32_t half_pixel_centers);
