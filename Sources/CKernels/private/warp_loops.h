// Bilinear sampling of LANES pixels at a time. The plain twin is in pixels.c; both give the same values up to rounding.
#pragma once
#include "../include/pixels.h"
#include "vectors.h"

// Four bytes from each place.
#if LANES == 16
INLINE vec_int gather(const uint8_t *base, vec_int offset) {
  return (vec_int)_mm512_i32gather_epi32((__m512i)offset, base, 1);
}
#elif LANES == 8
INLINE vec_int gather(const uint8_t *base, vec_int offset) {
  return (vec_int)_mm256_i32gather_epi32((const int *)(const void *)base, (__m256i)offset, 1);
}
#else
INLINE vec_int gather(const uint8_t *base, vec_int offset) {
  vec_int result = {0};
  UNROLL for (int lane = 0; lane < LANES; lane++) {
    int32_t four;
    memcpy(&four, base + offset[lane], sizeof four);
    result[lane] = four;
  }
  return result;
}
#endif

typedef uint32_t vec_uint __attribute__((vector_size(LANES * 4)));

INLINE vec floats(vec_int x) { return __builtin_convertvector(x, vec); }
INLINE vec_int ints(vec x) { return __builtin_convertvector(x, vec_int); }
INLINE vec_int spread(int32_t x) { return x - (vec_int){0}; }

// What does not change within a picture, for one geometry of planes.
typedef struct {
  float x_scale, y_scale, x_last, y_last, x_before_last, y_before_last;
  int32_t row_step, column_step, row_stride, pixel_stride;
} geometry;

INLINE geometry geometry_of(const vk_plane *plane, int32_t width, int32_t height) {
  const int32_t columns = (width + (1 << plane->hshift) - 1) >> plane->hshift;
  const int32_t rows = (height + (1 << plane->vshift) - 1) >> plane->vshift;
  geometry g;
  g.x_scale = 1.0f / (float)(1 << plane->hshift);
  g.y_scale = 1.0f / (float)(1 << plane->vshift);
  g.x_last = (float)(columns - 1), g.y_last = (float)(rows - 1);
  g.x_before_last = (float)(columns > 1 ? columns - 2 : 0), g.y_before_last = (float)(rows > 1 ? rows - 2 : 0);
  g.row_stride = (int32_t)plane->row_stride, g.pixel_stride = plane->pixel_stride;
  // A single row or column is its own neighbour.
  g.row_step = rows > 1 ? g.row_stride : 0, g.column_step = columns > 1 ? g.pixel_stride : 0;
  return g;
}

// Where the four neighbours of each lane lie, and their weights.
typedef struct {
  vec_int top, bottom;
  vec x_weight, y_weight;
} place;

INLINE place place_of(const geometry *g, vec x, vec y) {
  // vmin(…, vmax(…)) in this order makes 0 of a NaN: the maximum's second operand wins.
  const vec px = vmin(vmax(x * g->x_scale - 0.5f, splat(0)), splat(g->x_last));
  const vec py = vmin(vmax(y * g->y_scale - 0.5f, splat(0)), splat(g->y_last));
  const vec_int x0 = ints(vmin(px, splat(g->x_before_last))), y0 = ints(vmin(py, splat(g->y_before_last)));
  place p;
  p.top = y0 * g->row_stride + x0 * g->pixel_stride;
  p.bottom = p.top + g->row_step;
  p.x_weight = px - floats(x0), p.y_weight = py - floats(y0);
  return p;
}

// Left and right neighbours: up to four channels that lie in the four bytes at each.
typedef struct {
  vec_int left, right;
} pair;

INLINE pair pair_of(const uint8_t *base, vec_int offset, int32_t step, int channels) {
  pair p;
  p.left = gather(base, offset);
  // The right neighbour lies in the same four bytes when the step is small.
  if (step >= 0 && step + channels <= 4) {
    p.right = (vec_int)((vec_uint)p.left >> (uint32_t)(8 * step));
  } else {
    p.right = gather(base, offset + step);
  }
  return p;
}

INLINE vec channel_of(const pair *top, const pair *bottom, const place *p, int32_t gap) {
  const vec tl = floats((top->left >> (8 * gap)) & 255), tr = floats((top->right >> (8 * gap)) & 255);
  const vec bl = floats((bottom->left >> (8 * gap)) & 255), br = floats((bottom->right >> (8 * gap)) & 255);
  const vec upper = tl + p->x_weight * (tr - tl), lower = bl + p->x_weight * (br - bl);
  return upper + p->y_weight * (lower - upper);
}

// One channel of its own.
INLINE vec single(const uint8_t *base, const geometry *g, const place *p) {
  const pair top = pair_of(base, p->top, g->column_step, 1), bottom = pair_of(base, p->bottom, g->column_step, 1);
  return channel_of(&top, &bottom, p, 0);
}

// How the second and third channel are found, decided once a picture.
typedef struct {
  geometry first, rest;
  // Distance in bytes from U to V when one gather reads both; else -1.
  int32_t gap;
  const uint8_t *chroma;
} reading;

INLINE int same_geometry(const vk_plane *a, const vk_plane *b) {
  return a->row_stride == b->row_stride && a->pixel_stride == b->pixel_stride && a->hshift == b->hshift &&
         a->vshift == b->vshift;
}

INLINE reading reading_of(const vk_picture *picture) {
  reading r;
  const vk_plane *plane = picture->plane;
  r.first = geometry_of(&plane[0], picture->width, picture->height);
  r.gap = -1;
  r.rest = r.first;
  r.chroma = plane[0].base;
  if (picture->model == VK_GRAY) return r;
  r.rest = geometry_of(&plane[1], picture->width, picture->height);
  if (picture->model == VK_YUV && same_geometry(&plane[1], &plane[2])) {
    const ptrdiff_t gap = plane[2].base - plane[1].base;
    // V before U (NV21) would need the other order; it takes the way of separate planes.
    if (gap > 0 && gap < 4) r.gap = (int32_t)gap, r.chroma = plane[1].base;
  }
  return r;
}

INLINE vec clamp_byte_of(vec x) { return vmin(vmax(x, splat(0)), splat(255)); }

INLINE void rgb_of(const vk_picture *picture, const reading *r, vec x, vec y, vec *red, vec *green, vec *blue) {
  const place p = place_of(&r->first, x, y);
  const vec first = single(picture->plane[0].base, &r->first, &p);
  if (picture->model == VK_GRAY) {
    *red = *green = *blue = first;
    return;
  }
  if (picture->model == VK_RGB) {
    *red = first;
    *green = single(picture->plane[1].base, &r->rest, &p);
    *blue = single(picture->plane[2].base, &r->rest, &p);
    return;
  }
  const place c = place_of(&r->rest, x, y);
  vec u, v;
  if (r->gap > 0) {
    const pair top = pair_of(r->chroma, c.top, r->rest.column_step, r->gap + 1);
    const pair bottom = pair_of(r->chroma, c.bottom, r->rest.column_step, r->gap + 1);
    u = channel_of(&top, &bottom, &c, 0) - 128;
    v = channel_of(&top, &bottom, &c, r->gap) - 128;
  } else {
    u = single(picture->plane[1].base, &r->rest, &c) - 128;
    v = single(picture->plane[2].base, &r->rest, &c) - 128;
  }
  const vec luma = picture->y_scale * (first - picture->y_offset);
  *red = clamp_byte_of(luma + picture->r_v * v);
  *green = clamp_byte_of(luma + picture->g_u * u + picture->g_v * v);
  *blue = clamp_byte_of(luma + picture->b_u * u);
}

// -1 in lanes inside the picture, 0 outside.
INLINE vec_int inside_of(const vk_picture *picture, vec x, vec y) {
  return (x >= splat(0)) & (y >= splat(0)) & (x < splat((float)picture->width)) &
         (y < splat((float)picture->height));
}

INLINE vec kept(vec value, vec_int mask) { return (vec)((vec_int)value & mask); }

// R G B of LANES pixels, interleaved.
INLINE void store_interleaved(float *out, vec r, vec g, vec b) {
#if LANES == 16
  const vec t0 = __builtin_shufflevector(r, g, 0, 16, -1, 1, 17, -1, 2, 18, -1, 3, 19, -1, 4, 20, -1, 5);
  store(out + 0, __builtin_shufflevector(t0, b, 0, 1, 16, 3, 4, 17, 6, 7, 18, 9, 10, 19, 12, 13, 20, 15));
  const vec t1 = __builtin_shufflevector(r, g, 21, -1, 6, 22, -1, 7, 23, -1, 8, 24, -1, 9, 25, -1, 10, 26);
  store(out + 16, __builtin_shufflevector(t1, b, 0, 21, 2, 3, 22, 5, 6, 23, 8, 9, 24, 11, 12, 25, 14, 15));
  const vec t2 = __builtin_shufflevector(r, g, -1, 11, 27, -1, 12, 28, -1, 13, 29, -1, 14, 30, -1, 15, 31, -1);
  store(out + 32, __builtin_shufflevector(t2, b, 26, 1, 2, 27, 4, 5, 28, 7, 8, 29, 10, 11, 30, 13, 14, 31));
#elif LANES == 8
  const vec t0 = __builtin_shufflevector(r, g, 0, 8, -1, 1, 9, -1, 2, 10);
  store(out + 0, __builtin_shufflevector(t0, b, 0, 1, 8, 3, 4, 9, 6, 7));
  const vec t1 = __builtin_shufflevector(r, g, -1, 3, 11, -1, 4, 12, -1, 5);
  store(out + 8, __builtin_shufflevector(t1, b, 10, 1, 2, 11, 4, 5, 12, 7));
  const vec t2 = __builtin_shufflevector(r, g, 13, -1, 6, 14, -1, 7, 15, -1);
  store(out + 16, __builtin_shufflevector(t2, b, 0, 13, 2, 3, 14, 5, 6, 15));
#else
  const vec rg = __builtin_shufflevector(r, g, 0, 4, 1, 5);
  store(out + 0, __builtin_shufflevector(rg, b, 0, 1, 4, 2));
  const vec gb = __builtin_shufflevector(g, b, 1, 5, 2, 6);
  store(out + 4, __builtin_shufflevector(gb, r, 0, 1, 6, 2));
  const vec br = __builtin_shufflevector(b, r, 2, 7, 3, 3);
  store(out + 8, __builtin_shufflevector(br, g, 0, 1, 7, 2));
#endif
}

INLINE vec lane_numbers(void) {
#if LANES == 16
  return (vec){0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
#elif LANES == 8
  return (vec){0, 1, 2, 3, 4, 5, 6, 7};
#else
  return (vec){0, 1, 2, 3};
#endif
}

static void fast_warp_rgb_f32(const vk_picture *picture, const void *affine, int32_t width, int32_t height,
                           float scale, float bias, int32_t border, float *out) {
  const float *m = affine;
  const reading r = reading_of(picture);
  float rest[3 * LANES];
  for (int32_t row = 0; row < height; row++) {
    const float dy = (float)row + 0.5f, x_row = m[1] * dy + m[2], y_row = m[4] * dy + m[5];
    for (int32_t column = 0; column < width; column += LANES) {
      const vec dx = lane_numbers() + ((float)column + 0.5f);
      const vec x = m[0] * dx + x_row, y = m[3] * dx + y_row;
      vec red, green, blue;
      rgb_of(picture, &r, x, y, &red, &green, &blue);
      if (border != 1) {
        const vec_int mask = inside_of(picture, x, y);
        red = kept(red, mask), green = kept(green, mask), blue = kept(blue, mask);
      }
      const int whole = width - column >= LANES;
      float *to = out + ((size_t)row * (size_t)width + (size_t)column) * 3;
      store_interleaved(whole ? to : rest, red * scale + bias, green * scale + bias, blue * scale + bias);
      if (!whole) memcpy(to, rest, sizeof(float) * 3 * (size_t)(width - column));
    }
  }
}

static void fast_warp_rgb_u8(const vk_picture *picture, const void *affine, int32_t width, int32_t height,
                          int32_t border, uint8_t *out) {
  const float *m = affine;
  const reading r = reading_of(picture);
  for (int32_t row = 0; row < height; row++) {
    const float dy = (float)row + 0.5f, x_row = m[1] * dy + m[2], y_row = m[4] * dy + m[5];
    uint8_t *to = out + (size_t)row * (size_t)width * 3;
    for (int32_t column = 0; column < width; column += LANES) {
      const vec dx = lane_numbers() + ((float)column + 0.5f);
      const vec x = m[0] * dx + x_row, y = m[3] * dx + y_row;
      vec red, green, blue;
      rgb_of(picture, &r, x, y, &red, &green, &blue);
      vec_int pixel = ints(red + 0.5f) | ints(green + 0.5f) << 8 | ints(blue + 0.5f) << 16;
      if (border != 1) pixel &= inside_of(picture, x, y);
      uint32_t pixels[LANES];
      memcpy(pixels, &pixel, sizeof pixels);
      const int32_t count = width - column < LANES ? width - column : LANES;
      // Four bytes at a time, each over the spare byte of the one before; the row's last pixel has no room for four.
      const int32_t safe = row + 1 < height || column + count < width ? count : count - 1;
      for (int32_t i = 0; i < safe; i++) memcpy(to + 3 * (column + i), &pixels[i], 4);
      for (int32_t i = safe; i < count; i++) memcpy(to + 3 * (column + i), &pixels[i], 3);
    }
  }
}

static void fast_warp_luma_u8(const vk_picture *picture, const void *affine, int32_t width, int32_t height,
                           int32_t border, uint8_t *out) {
  const float *m = affine;
  const reading r = reading_of(picture);
  for (int32_t row = 0; row < height; row++) {
    const float dy = (float)row + 0.5f, x_row = m[1] * dy + m[2], y_row = m[4] * dy + m[5];
    for (int32_t column = 0; column < width; column += LANES) {
      const vec dx = lane_numbers() + ((float)column + 0.5f);
      const vec x = m[0] * dx + x_row, y = m[3] * dx + y_row;
      const place p = place_of(&r.first, x, y);
      vec luma = single(picture->plane[0].base, &r.first, &p);
      if (picture->model == VK_YUV) luma = clamp_byte_of(picture->y_scale * (luma - picture->y_offset));
      if (picture->model == VK_RGB) {
        const vec green = single(picture->plane[1].base, &r.rest, &p);
        const vec blue = single(picture->plane[2].base, &r.rest, &p);
        luma = 0.299f * luma + 0.587f * green + 0.114f * blue;
      }
      vec_int value = ints(luma + 0.5f);
      if (border != 1) value &= inside_of(picture, x, y);
      uint8_t bytes[LANES];
      for (int i = 0; i < LANES; i++) bytes[i] = (uint8_t)value[i];
      const int32_t count = width - column < LANES ? width - column : LANES;
      memcpy(out + (size_t)row * (size_t)width + (size_t)column, bytes, (size_t)count);
    }
  }
}
