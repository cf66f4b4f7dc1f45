// The kernels that are compiled once for each instruction set, as one table a set.
//
// Every file under isa/ compiles the same loop headers and fills such a table; dispatch.c chooses one table for the
// whole process and defines the public functions over it.
#pragma once
#include "../include/convolution.h"
#include "../include/elementwise.h"
#include "../include/functions.h"
#include "../include/layout.h"
#include "../include/peak.h"
#include "../include/pixels.h"
#include "../include/pool.h"
#include "../include/rows.h"

// KERNEL(name, result, parameters, arguments) for each of them; vk_name is the public function.
#define VK_EACH_KERNEL(KERNEL)                                                                                        \
  KERNEL(convolve, void, (const vk_convolution *c, int32_t begin, int32_t end), (c, begin, end))                      \
  KERNEL(depthwise, void, (const vk_convolution *c, int32_t begin, int32_t end), (c, begin, end))                     \
  KERNEL(pool_run, void, (const vk_pool *pool, const float *in, float *out, int32_t begin, int32_t end),              \
         (pool, in, out, begin, end))                                                                                 \
  KERNEL(sum_rows, void, (const float *in, size_t rows, size_t width, float factor, float *out),                      \
         (in, rows, width, factor, out))                                                                              \
  KERNEL(sum_columns, void, (const float *in, size_t rows, size_t width, float factor, float *out),                   \
         (in, rows, width, factor, out))                                                                              \
  KERNEL(layer_norm, void,                                                                                            \
         (const float *in, size_t rows, size_t width, const float *gamma, const float *beta, float epsilon,           \
          float *out),                                                                                                \
         (in, rows, width, gamma, beta, epsilon, out))                                                                \
  KERNEL(affine, void,                                                                                                \
         (const float *in, size_t rows, size_t width, const float *scale, const float *shift, float low, float high,  \
          float *out),                                                                                                \
         (in, rows, width, scale, shift, low, high, out))                                                             \
  KERNEL(softmax, void, (const float *in, size_t rows, size_t width, float *out), (in, rows, width, out))             \
  KERNEL(lstm_step, void, (const float *a, const float *b, size_t units, float *state, float *cell),                  \
         (a, b, units, state, cell))                                                                                  \
  KERNEL(gru_step, void, (const float *a, const float *b, size_t units, float *state), (a, b, units, state))          \
  KERNEL(gelu, void, (const float *in, size_t count, float *out), (in, count, out))                                   \
  KERNEL(binary, void,                                                                                                \
         (int32_t function, const float *a, size_t a_step, const float *b, size_t b_step, float *out, size_t count),  \
         (function, a, a_step, b, b_step, out, count))                                                                \
  KERNEL(unary, void, (int32_t function, const float *in, float *out, size_t count), (function, in, out, count))      \
  KERNEL(prelu, void, (const float *in, const float *slope, float *out, size_t pixels, size_t channels),              \
         (in, slope, out, pixels, channels))                                                                          \
  KERNEL(resize_bilinear, void,                                                                                       \
         (const float *in, int32_t in_height, int32_t in_width, float *out, int32_t out_height, int32_t out_width,    \
          int32_t channels, int32_t align, int32_t half),                                                             \
         (in, in_height, in_width, out, out_height, out_width, channels, align, half))                                \
  KERNEL(function, void, (int32_t name, float a, float b, const float *in, float *out, size_t count),                 \
         (name, a, b, in, out, count))                                                                                \
  KERNEL(widen_halves, void, (const void *halves, size_t count, float *out), (halves, count, out))                    \
  KERNEL(peak, int64_t, (int64_t rounds), (rounds))                                                                   \
  VK_EACH_PIXEL_KERNEL(KERNEL)

// Those that read a picture; only called for pictures that they know (pixels.c asks).
#define VK_EACH_PIXEL_KERNEL(KERNEL)                                                                                  \
  KERNEL(fast_warp_rgb_f32, void,                                                                                     \
         (const vk_picture *picture, const void *affine, int32_t width, int32_t height, float scale, float bias,      \
          int32_t border, float *out),                                                                                \
         (picture, affine, width, height, scale, bias, border, out))                                                  \
  KERNEL(fast_warp_rgb_u8, void,                                                                                      \
         (const vk_picture *picture, const void *affine, int32_t width, int32_t height, int32_t border, uint8_t *out), \
         (picture, affine, width, height, border, out))                                                               \
  KERNEL(fast_warp_luma_u8, void,                                                                                     \
         (const vk_picture *picture, const void *affine, int32_t width, int32_t height, int32_t border, uint8_t *out), \
         (picture, affine, width, height, border, out))                                                               \
  KERNEL(fast_convert_rgb_u8, void, (const vk_picture *picture, uint8_t *out), (picture, out))

typedef struct vk_kernel_table {
  const char *name;  // as VIGIL_ISA names it
  size_t lanes;      // floats in a register: half of a panel of packed weights
  int pairs;         // whether convolve knows weights of vk_pack_pairs
#define VK_MEMBER(name, result, parameters, arguments) result(*name) parameters;
  VK_EACH_KERNEL(VK_MEMBER)
#undef VK_MEMBER
} vk_kernel_table;

#if defined(__x86_64__)
extern const vk_kernel_table vk_kernels_avx512, vk_kernels_avx2;
#elif defined(__aarch64__)
extern const vk_kernel_table vk_kernels_neon;
#endif
extern const vk_kernel_table vk_kernels_baseline;

// The table of this process: what VIGIL_ISA names, else the best that the processor can run.
const vk_kernel_table *vk_kernels(void);

// Chooses another table by its name, for tests and measurements that compare them; 0 when this processor has none of that
// name. Weights that were packed before must not be used after.
int vk_use_kernels(const char *name);

// Declares the public pixel kernels' fast forms, which pixels.c calls.
#define VK_DECLARE(name, result, parameters, arguments) result vk_##name parameters;
VK_EACH_PIXEL_KERNEL(VK_DECLARE)
#undef VK_DECLARE
