// Bilinear sampling of 8-bit pictures. Plain C that the compiler can schedule well; see pixels.h for the contract.
#include "pixels.h"

#include <math.h>

#include "private/kernels.h"

static inline int32_t clamp_index(int32_t value, int32_t count) {
  return value < 0 ? 0 : value >= count ? count - 1 : value;
}

// Value of one channel at (x, y) in frame pixels with centres at +0.5; coordinates outside are clamped.
static inline float sample(const vk_plane *plane, int32_t width, int32_t height, float x, float y) {
  const int32_t columns = (width + (1 << plane->hshift) - 1) >> plane->hshift;
  const int32_t rows = (height + (1 << plane->vshift) - 1) >> plane->vshift;
  // Clamped before the conversion to integers, which is undefined for huge numbers and NaN (fmaxf drops a NaN).
  const float px = fminf(fmaxf(x / (float)(1 << plane->hshift) - 0.5f, -1), (float)columns);
  const float py = fminf(fmaxf(y / (float)(1 << plane->vshift) - 0.5f, -1), (float)rows);
  const float fx = floorf(px), fy = floorf(py);
  const float wx = px - fx, wy = py - fy;
  const int32_t x0 = clamp_index((int32_t)fx, columns), x1 = clamp_index((int32_t)fx + 1, columns);
  const int32_t y0 = clamp_index((int32_t)fy, rows), y1 = clamp_index((int32_t)fy + 1, rows);
  const uint8_t *top = plane->base + (ptrdiff_t)y0 * plane->row_stride;
  const uint8_t *bottom = plane->base + (ptrdiff_t)y1 * plane->row_stride;
  const ptrdiff_t left = (ptrdiff_t)x0 * plane->pixel_stride, right = (ptrdiff_t)x1 * plane->pixel_stride;
  const float upper = (float)top[left] + wx * ((float)top[right] - (float)top[left]);
  const float lower = (float)bottom[left] + wx * ((float)bottom[right] - (float)bottom[left]);
  return upper + wy * (lower - upper);
}

static inline float clamp_byte(float value) { return value < 0 ? 0 : value > 255 ? 255 : value; }

static inline void sample_rgb(const vk_picture *picture, float x, float y, float rgb[3]) {
  const float first = sample(&picture->plane[0], picture->width, picture->height, x, y);
  if (picture->model == VK_GRAY) {
    rgb[0] = rgb[1] = rgb[2] = first;
    return;
  }
  const float second = sample(&picture->plane[1], picture->width, picture->height, x, y);
  const float third = sample(&picture->plane[2], picture->width, picture->height, x, y);
  if (picture->model == VK_RGB) {
    rgb[0] = first, rgb[1] = second, rgb[2] = third;
    return;
  }
  const float luma = picture->y_scale * (first - picture->y_offset);
  const float u = second - 128, v = third - 128;
  rgb[0] = clamp_byte(luma + picture->r_v * v);
  rgb[1] = clamp_byte(luma + picture->g_u * u + picture->g_v * v);
  rgb[2] = clamp_byte(luma + picture->b_u * u);
}

static inline float sample_luma(const vk_picture *picture, float x, float y) {
  const float first = sample(&picture->plane[0], picture->width, picture->height, x, y);
  if (picture->model == VK_GRAY) return first;
  if (picture->model == VK_YUV) return clamp_byte(picture->y_scale * (first - picture->y_offset));
  const float green = sample(&picture->plane[1], picture->width, picture->height, x, y);
  const float blue = sample(&picture->plane[2], picture->width, picture->height, x, y);
  return 0.299f * first + 0.587f * green + 0.114f * blue;
}

// A coordinate that is no number lies outside.
static inline int outside(const vk_picture *picture, float x, float y) {
  return !(x >= 0 && y >= 0 && x < (float)picture->width && y < (float)picture->height);
}

void vk_warp_rgb_f32_plain(const vk_picture *picture, const void *affine, int32_t out_width, int32_t out_height,
                           float scale, float bias, int32_t border, float *out) {
  const float *m = affine;
  for (int32_t row = 0; row < out_height; row++) {
    for (int32_t column = 0; column < out_width; column++, out += 3) {
      const float dx = (float)column + 0.5f, dy = (float)row + 0.5f;
      const float x = m[0] * dx + m[1] * dy + m[2], y = m[3] * dx + m[4] * dy + m[5];
      float rgb[3] = {0, 0, 0};
      if (border == 1 || !outside(picture, x, y)) sample_rgb(picture, x, y, rgb);
      for (int channel = 0; channel < 3; channel++) out[channel] = scale * rgb[channel] + bias;
    }
  }
}

void vk_warp_rgb_u8_plain(const vk_picture *picture, const void *affine, int32_t out_width, int32_t out_height,
                                int32_t border, uint8_t *out) {
  const float *m = affine;
  for (int32_t row = 0; row < out_height; row++) {
    for (int32_t column = 0; column < out_width; column++, out += 3) {
      const float dx = (float)column + 0.5f, dy = (float)row + 0.5f;
      const float x = m[0] * dx + m[1] * dy + m[2], y = m[3] * dx + m[4] * dy + m[5];
      float rgb[3] = {0, 0, 0};
      if (border == 1 || !outside(picture, x, y)) sample_rgb(picture, x, y, rgb);
      for (int channel = 0; channel < 3; channel++) out[channel] = (uint8_t)(rgb[channel] + 0.5f);
    }
  }
}

void vk_warp_luma_u8_plain(const vk_picture *picture, const void *affine, int32_t out_width, int32_t out_height,
                                 int32_t border, uint8_t *out) {
  const float *m = affine;
  for (int32_t row = 0; row < out_height; row++) {
    for (int32_t column = 0; column < out_width; column++, out++) {
      const float dx = (float)column + 0.5f, dy = (float)row + 0.5f;
      const float x = m[0] * dx + m[1] * dy + m[2], y = m[3] * dx + m[4] * dy + m[5];
      const int hidden = border != 1 && outside(picture, x, y);
      *out = hidden ? 0 : (uint8_t)(sample_luma(picture, x, y) + 0.5f);
    }
  }
}

void vk_convert_rgb_u8_plain(const vk_picture *picture, uint8_t *out) {
  const float identity[6] = {1, 0, 0, 0, 1, 0};
  vk_warp_rgb_u8_plain(picture, identity, picture->width, picture->height, 1, out);
}

// Strides of a frame fit 32 bits, which the fast loops need; other pictures take the plain way.
static int fits(const vk_picture *picture) {
  for (int i = 0; i < (picture->model == VK_GRAY ? 1 : 3); i++) {
    const vk_plane *plane = &picture->plane[i];
    const double across = fabs((double)plane->pixel_stride) * picture->width;
    const double down = fabs((double)plane->row_stride) * picture->height;
    if (across + down > 2e9) return 0;
  }
  return 1;
}

void vk_warp_rgb_f32(const vk_picture *picture, const void *affine, int32_t width, int32_t height, float scale,
                     float bias, int32_t border, float *out) {
  if (fits(picture)) vk_fast_warp_rgb_f32(picture, affine, width, height, scale, bias, border, out);
  else vk_warp_rgb_f32_plain(picture, affine, width, height, scale, bias, border, out);
}

void vk_warp_rgb_u8(const vk_picture *picture, const void *affine, int32_t width, int32_t height, int32_t border,
                    uint8_t *out) {
  if (fits(picture)) vk_fast_warp_rgb_u8(picture, affine, width, height, border, out);
  else vk_warp_rgb_u8_plain(picture, affine, width, height, border, out);
}

void vk_warp_luma_u8(const vk_picture *picture, const void *affine, int32_t width, int32_t height, int32_t border,
                     uint8_t *out) {
  if (fits(picture)) vk_fast_warp_luma_u8(picture, affine, width, height, border, out);
  else vk_warp_luma_u8_plain(picture, affine, width, height, border, out);
}

void vk_convert_rgb_u8(const vk_picture *picture, uint8_t *out) {
  // The fast loops know whole and halved channels.
  for (int i = 0; i < (picture->model == VK_GRAY ? 1 : 3); i++) {
    const int most = i > 0 && picture->model == VK_YUV ? 1 : 0;
    if (picture->plane[i].hshift > most || picture->plane[i].vshift > most)
      return vk_convert_rgb_u8_plain(picture, out);
  }
  vk_fast_convert_rgb_u8(picture, out);
}
