// A whole picture to packed RGB. Works on pieces of rows that stay in the first cache; the loops are plain, written so that
// the compiler makes vectors.
#pragma once
#include "../include/pixels.h"
#include "vectors.h"

enum { PIECE = 512 };

// Samples of one row with a constant stride make a shuffle; others are read one by one.
INLINE void pick(const uint8_t *from, ptrdiff_t stride, int count, uint8_t *to) {
#define PICK(n) for (int i = 0; i < count; i++) to[i] = from[(n) * i]; return
  switch (stride) {
    case 1: PICK(1);
    case 2: PICK(2);
    case 3: PICK(3);
    case 4: PICK(4);
    default:
      for (int i = 0; i < count; i++) to[i] = from[stride * i];
  }
#undef PICK
}

INLINE int clamped(int value, int count) { return value < 0 ? 0 : value >= count ? count - 1 : value; }

// Chroma of `count` pixels from pixel `start` of picture row `row`, as 16 x (sample - 128): the same two by two
// neighbours and weights (1/4, 3/4 where the channel is halved) as bilinear sampling at pixel centres.
INLINE void chroma_piece(const vk_plane *plane, int width, int height, int row, int start, int count, int16_t *out) {
  const int columns = (width + plane->hshift) >> plane->hshift, rows = (height + plane->vshift) >> plane->vshift;
  const int near = row >> plane->vshift;
  const int far = plane->vshift ? clamped(near + (row & 1 ? 1 : -1), rows) : near;
  const int first = (start >> plane->hshift) - 1;
  const int needed = ((start + count - 1) >> plane->hshift) + 2 - first;
  const int from = clamped(first, columns), until = clamped(first + needed - 1, columns);
  uint8_t upper[PIECE + 2], lower[PIECE + 2];
  const uint8_t *base = plane->base + (ptrdiff_t)from * plane->pixel_stride;
  pick(base + near * plane->row_stride, plane->pixel_stride, until - from + 1, upper);
  pick(base + far * plane->row_stride, plane->pixel_stride, until - from + 1, lower);
  int16_t mixed[PIECE + 2];
  const int lead = from - first;
  for (int i = 0; i <= until - from; i++) mixed[i + lead] = (int16_t)(3 * upper[i] + lower[i] - 512);
  if (lead) mixed[0] = mixed[1];
  for (int i = until - first + 1; i < needed; i++) mixed[i] = mixed[i - 1];
  if (!plane->hshift) {
    for (int i = 0; i < count; i++) out[i] = (int16_t)(4 * mixed[i + 1]);
    return;
  }
  // A piece begins at an even pixel.
  const int pairs = count >> 1;
  int16_t even[PIECE / 2], odd[PIECE / 2];
  for (int i = 0; i < pairs; i++) even[i] = (int16_t)(3 * mixed[i + 1] + mixed[i]);
  for (int i = 0; i < pairs; i++) odd[i] = (int16_t)(3 * mixed[i + 1] + mixed[i + 2]);
  VECTORIZE
  for (int i = 0; i < pairs; i++) out[2 * i] = even[i], out[2 * i + 1] = odd[i];
  if (count & 1) out[count - 1] = (int16_t)(3 * mixed[pairs + 1] + mixed[pairs]);
}

// Products of 16-bit numbers, rounded: a * b / 2^15, one instruction for a whole vector.
INLINE int16_t scaled(int16_t a, int16_t b) { return (int16_t)(((int32_t)a * b + (1 << 14)) >> 15); }

INLINE uint8_t level(int16_t value) {  // from 1/32 of a level
  value = (int16_t)(value >> 5);
  return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

// Sums are in 1/32 of a level: the largest, 255 x 1.17 + 128 x 2.2, is 18,600 of them.
INLINE void matrix(const vk_picture *picture, int count, const int16_t *u, const int16_t *v, uint8_t channel[3][PIECE]) {
  const int16_t scale = (int16_t)(picture->y_scale * 8192 + 0.5f);
  const int16_t offset = (int16_t)(16.5f - picture->y_offset * picture->y_scale * 32);
  const int16_t rv = (int16_t)(picture->r_v * 8192 + 0.5f), bu = (int16_t)(picture->b_u * 8192 + 0.5f);
  const int16_t gu = (int16_t)(picture->g_u * 8192 - 0.5f), gv = (int16_t)(picture->g_v * 8192 - 0.5f);
  for (int i = 0; i < count; i++) {
    const int16_t luma = (int16_t)(scaled((int16_t)(channel[0][i] << 7), scale) + offset);
    const int16_t red = (int16_t)(v[i] << 3), blue = (int16_t)(u[i] << 3);
    channel[0][i] = level((int16_t)(luma + scaled(red, rv)));
    channel[1][i] = level((int16_t)(luma + scaled(blue, gu) + scaled(red, gv)));
    channel[2][i] = level((int16_t)(luma + scaled(blue, bu)));
  }
}

INLINE void piece(const vk_picture *picture, int row, int start, int count, uint8_t *out) {
  uint8_t channel[3][PIECE];
  const int used = picture->model == VK_RGB ? 3 : 1;
  for (int i = 0; i < used; i++) {
    const vk_plane *plane = &picture->plane[i];
    pick(plane->base + row * plane->row_stride + (ptrdiff_t)start * plane->pixel_stride, plane->pixel_stride, count,
         channel[i]);
  }
  if (picture->model == VK_YUV) {
    int16_t u[PIECE], v[PIECE];
    chroma_piece(&picture->plane[1], picture->width, picture->height, row, start, count, u);
    chroma_piece(&picture->plane[2], picture->width, picture->height, row, start, count, v);
    matrix(picture, count, u, v, channel);
  }
  const uint8_t *green = channel[picture->model == VK_GRAY ? 0 : 1];
  const uint8_t *blue = channel[picture->model == VK_GRAY ? 0 : 2];
  for (int i = 0; i < count; i++) {
    out[3 * i] = channel[0][i];
    out[3 * i + 1] = green[i];
    out[3 * i + 2] = blue[i];
  }
}

static void fast_convert_rgb_u8(const vk_picture *picture, uint8_t *out) {
  for (int row = 0; row < picture->height; row++) {
    for (int start = 0; start < picture->width; start += PIECE) {
      const int count = picture->width - start < PIECE ? picture->width - start : PIECE;
      piece(picture, row, start, count, out + 3 * ((size_t)row * (size_t)picture->width + (size_t)start));
    }
  }
}
