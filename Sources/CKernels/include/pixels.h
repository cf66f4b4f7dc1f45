// Sampling of 8-bit pictures in any planar, semi-planar or packed format.
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "nullability.h"

// Colour models of a vk_picture.
enum { VK_GRAY = 0, VK_YUV = 1, VK_RGB = 2 };

// One channel: sample (x, y) lies at base + y * row_stride + x * pixel_stride, after x >>= hshift and y >>= vshift.
typedef struct vk_plane {
  const uint8_t *_Nullable base;
  ptrdiff_t row_stride;
  int32_t pixel_stride;
  int32_t hshift;
  int32_t vshift;
} vk_plane;

// A picture of one (gray) or three channels; the y_, r_, g_, b_ numbers are used by VK_YUV only:
// luma = y_scale * (Y - y_offset), R = luma + r_v * (V - 128), G = luma + g_u * (U - 128) + g_v * (V - 128),
// B = luma + b_u * (U - 128).
typedef struct vk_picture {
  vk_plane plane[3];
  int32_t width;
  int32_t height;
  int32_t model;
  float y_offset, y_scale, r_v, g_u, g_v, b_u;
} vk_picture;

// Three bytes behind the last sample of each plane must be readable (pooled frames have a spare cache line).
//
// affine: a b tx c d ty maps destination (pixel centres at +0.5) to source. border: 0 black, 1 replicate.
// out: out_height x out_width x 3, scale * value + bias, value in 0...255. Bilinear.
void vk_warp_rgb_f32(const vk_picture *_Nonnull picture, const void *_Nonnull affine, int32_t out_width,
                     int32_t out_height, float scale, float bias, int32_t border, float *_Nonnull out);

// As above, rounded to bytes.
void vk_warp_rgb_u8(const vk_picture *_Nonnull picture, const void *_Nonnull affine, int32_t out_width,
                    int32_t out_height, int32_t border, uint8_t *_Nonnull out);

// Luma only (for RGB by BT.601 weights), rounded to bytes; out: out_height x out_width.
void vk_warp_luma_u8(const vk_picture *_Nonnull picture, const void *_Nonnull affine, int32_t out_width,
                     int32_t out_height, int32_t border, uint8_t *_Nonnull out);

// The whole picture as packed RGB, rounded to bytes; out: height x width x 3. The same values as vk_warp_rgb_u8 with the
// identity, up to one level, at a fraction of the time. For YUV: y_scale and the factors below 4 in size, r_v and b_u
// above 0, g_u and g_v below 0, as in every standard.
void vk_convert_rgb_u8(const vk_picture *_Nonnull picture, uint8_t *_Nonnull out);

// The plain loops that the fast ones are held against.
void vk_warp_rgb_f32_plain(const vk_picture *_Nonnull picture, const void *_Nonnull affine, int32_t out_width,
                           int32_t out_height, float scale, float bias, int32_t border, float *_Nonnull out);
void vk_warp_rgb_u8_plain(const vk_picture *_Nonnull picture, const void *_Nonnull affine, int32_t out_width,
                          int32_t out_height, int32_t border, uint8_t *_Nonnull out);
void vk_warp_luma_u8_plain(const vk_picture *_Nonnull picture, const void *_Nonnull affine, int32_t out_width,
                           int32_t out_height, int32_t border, uint8_t *_Nonnull out);
void vk_convert_rgb_u8_plain(const vk_picture *_Nonnull picture, uint8_t *_Nonnull out);
