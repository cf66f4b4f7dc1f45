// Sampling and conversion of pictures: the fast loops against their plain twins.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "pixels.h"

// A picture of noise in one of the layouts that cameras and files have, then perhaps turned or mirrored. The memory ends
// with the three bytes that may be read behind the last sample.
static vk_picture random_picture(int width, int height) {
  vk_picture p = {.width = width, .height = height, .y_offset = 16, .y_scale = 1.164f, .r_v = 1.596f, .g_u = -0.392f, .g_v = -0.813f, .b_u = 2.017f};
  const int layout = below(7), half_width = (width + 1) / 2, half_height = (height + 1) / 2, even = half_width * 2;
  const int area = width * height, half_area = half_width * half_height;
  // Bytes of the whole; then offset, row stride, pixel stride and shifts of each plane.
  static const int models[] = {VK_GRAY, VK_YUV, VK_YUV, VK_YUV, VK_RGB, VK_RGB, VK_YUV};
  const int all[7] = {area, area + 2 * half_area, area + 2 * half_area, 2 * even * height, 3 * area, 3 * area, 3 * area};
  const int places[7][3][5] = {
      {{0, width, 1, 0, 0}},
      {{0, width, 1, 0, 0}, {area, half_width, 1, 1, 1}, {area + half_area, half_width, 1, 1, 1}},    // I420
      {{0, width, 1, 0, 0}, {area, 2 * half_width, 2, 1, 1}, {area + 1, 2 * half_width, 2, 1, 1}},    // NV12
      {{0, 2 * even, 2, 0, 0}, {1, 2 * even, 4, 1, 0}, {3, 2 * even, 4, 1, 0}},                       // YUYV
      {{0, 3 * width, 3, 0, 0}, {1, 3 * width, 3, 0, 0}, {2, 3 * width, 3, 0, 0}},                    // RGB
      {{2, 3 * width, 3, 0, 0}, {1, 3 * width, 3, 0, 0}, {0, 3 * width, 3, 0, 0}},                    // BGR
      {{0, width, 1, 0, 0}, {area, width, 1, 0, 0}, {2 * area, width, 1, 0, 0}}};                     // I444
  p.model = models[layout];
  unsigned char *bytes = fenced_bytes((size_t)all[layout] + 3);
  for (int i = 0; i < all[layout] + 3; i++) bytes[i] = (unsigned char)random_bits();
  const int mirrored = below(4) == 0 && width % 2 == 0;  // read backwards
  for (int i = 0; i < (p.model == VK_GRAY ? 1 : 3); i++) {
    const int *from = places[layout][i];
    vk_plane *plane = &p.plane[i];
    *plane = (vk_plane){bytes + from[0], from[1], from[2], from[3], from[4]};
    const int columns = (width + (1 << plane->hshift) - 1) >> plane->hshift;
    if (mirrored) plane->base += (ptrdiff_t)(columns - 1) * plane->pixel_stride, plane->pixel_stride = -plane->pixel_stride;
  }
  return p;
}

void check_pixels(void) {
  const int width = ONE_OF(1, 2, 3, 5, 16, 33, 64, 513), height = width > 64 ? 2 : ONE_OF(1, 2, 3, 5, 17);
  const vk_picture p = random_picture(width, height);
  const float maps[][6] = {{1, 0, 0, 0, 1, 0}, {0.7f, 0.3f, 2.01f, -0.3f, 0.7f, 5.01f}, {3.1f, 0, -9, 0, 3.1f, -4}, {-1, 0, 20, 0, 1.5f, 0},
                           {1e30f, 0, 0, 0, -1e30f, 0}, {NAN, 0, 0, 0, 1, 0}, {INFINITY, 0, 0, 1, 1, 0}};
  const int map = below(sizeof maps / sizeof *maps), border = below(2);
  float *affine = fenced(6);
  memcpy(affine, maps[map], sizeof maps[map]);
  const int columns = ONE_OF(1, 3, 15, 16, 37), rows = 1 + below(5), count = columns * rows;
  float *floats = fenced((size_t)count * 3), *plain_floats = fenced((size_t)count * 3);
  vk_warp_rgb_f32(&p, affine, columns, rows, 1, 0, border, floats);
  vk_warp_rgb_f32_plain(&p, affine, columns, rows, 1, 0, border, plain_floats);
  // Coordinates differ by rounding only; noise turns 1e-5 of a pixel into a hundredth of a level.
  for (int i = 0; i < count * 3; i++) expect_near(floats[i], plain_floats[i], 0.05, 1, "warp to floats", (size_t)i);
  unsigned char *bytes = fenced_bytes((size_t)count * 3), *plain = fenced_bytes((size_t)count * 3);
  vk_warp_rgb_u8(&p, affine, columns, rows, border, bytes);
  vk_warp_rgb_u8_plain(&p, affine, columns, rows, border, plain);
  for (int i = 0; i < count * 3; i++) expect(abs(bytes[i] - plain[i]) <= 1, "warp to bytes [%d] is %d, not %d", i, bytes[i], plain[i]);
  unsigned char *luma = fenced_bytes((size_t)count), *plain_luma = fenced_bytes((size_t)count);
  vk_warp_luma_u8(&p, affine, columns, rows, border, luma);
  vk_warp_luma_u8_plain(&p, affine, columns, rows, border, plain_luma);
  for (int i = 0; i < count; i++) expect(abs(luma[i] - plain_luma[i]) <= 1, "luma [%d] is %d, not %d", i, luma[i], plain_luma[i]);
  unsigned char *whole = fenced_bytes((size_t)(3 * width * height)), *plain_whole = fenced_bytes((size_t)(3 * width * height));
  vk_convert_rgb_u8(&p, whole);
  vk_convert_rgb_u8_plain(&p, plain_whole);
  for (int i = 0; i < 3 * width * height; i++)
    expect(abs(whole[i] - plain_whole[i]) <= 1, "conversion [%d] is %d, not %d", i, whole[i], plain_whole[i]);
}
