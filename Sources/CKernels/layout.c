#include "layout.h"

#include <string.h>

typedef float four __attribute__((vector_size(16)));
typedef float four_loose __attribute__((vector_size(16), aligned(4), may_alias));

static inline four get(const float *from) { return *(const four_loose *)from; }
static inline void put(float *to, four value) { *(four_loose *)to = value; }

// out[c * out_step + r] = in[r * in_step + c], r < rows, c < columns.
static void turn(const float *in, ptrdiff_t in_step, float *out, ptrdiff_t out_step, size_t rows, size_t columns) {
  size_t c = 0;
  if (rows == 3 && out_step == 3) {  // planes to pixels
    for (; c + 4 <= columns; c += 4) {
      const four x = get(in + c), y = get(in + in_step + (ptrdiff_t)c), z = get(in + 2 * in_step + (ptrdiff_t)c);
      const four xy = __builtin_shufflevector(x, y, 0, 4, 1, 5), far = __builtin_shufflevector(x, y, 2, 6, 3, 7);
      float *to = out + 3 * c;
      put(to, __builtin_shufflevector(xy, __builtin_shufflevector(z, x, 0, 0, 5, 5), 0, 1, 4, 6));
      put(to + 4, __builtin_shufflevector(__builtin_shufflevector(y, z, 1, 5, 1, 5), far, 0, 1, 4, 5));
      put(to + 8, __builtin_shufflevector(__builtin_shufflevector(z, far, 2, 6, 7, 3), z, 0, 1, 2, 7));
    }
  }
  for (; c + 4 <= columns; c += 4) {
    size_t r = 0;
    for (; r + 4 <= rows; r += 4) {
      const float *from = in + (ptrdiff_t)r * in_step + (ptrdiff_t)c;
      const four a = get(from), b = get(from + in_step), d = get(from + 2 * in_step), e = get(from + 3 * in_step);
      const four ab = __builtin_shufflevector(a, b, 0, 4, 1, 5), AB = __builtin_shufflevector(a, b, 2, 6, 3, 7);
      const four de = __builtin_shufflevector(d, e, 0, 4, 1, 5), DE = __builtin_shufflevector(d, e, 2, 6, 3, 7);
      float *to = out + (ptrdiff_t)c * out_step + (ptrdiff_t)r;
      put(to, __builtin_shufflevector(ab, de, 0, 1, 4, 5));
      put(to + out_step, __builtin_shufflevector(ab, de, 2, 3, 6, 7));
      put(to + 2 * out_step, __builtin_shufflevector(AB, DE, 0, 1, 4, 5));
      put(to + 3 * out_step, __builtin_shufflevector(AB, DE, 2, 3, 6, 7));
    }
    for (; r < rows; r++)
      for (size_t i = c; i < c + 4; i++) out[(ptrdiff_t)i * out_step + (ptrdiff_t)r] = in[(ptrdiff_t)r * in_step + (ptrdiff_t)i];
  }
  for (; c < columns; c++)
    for (size_t r = 0; r < rows; r++) out[(ptrdiff_t)c * out_step + (ptrdiff_t)r] = in[(ptrdiff_t)r * in_step + (ptrdiff_t)c];
}

// The two innermost axes: runs, a turn, or number by number.
static void plane(const float *in, float *out, size_t outer, size_t inner, const ptrdiff_t *from, const ptrdiff_t *to) {
  if (from[1] == 1 && to[1] == 1) {
    for (size_t o = 0; o < outer; o++) memcpy(out + (ptrdiff_t)o * to[0], in + (ptrdiff_t)o * from[0], inner * sizeof(float));
  } else if (from[1] == 1 && to[0] == 1) {
    turn(in, from[0], out, to[1], outer, inner);
  } else if (from[0] == 1 && to[1] == 1) {
    turn(in, from[1], out, to[0], inner, outer);
  } else {
    for (size_t o = 0; o < outer; o++)
      for (size_t i = 0; i < inner; i++)
        out[(ptrdiff_t)o * to[0] + (ptrdiff_t)i * to[1]] = in[(ptrdiff_t)o * from[0] + (ptrdiff_t)i * from[1]];
  }
}

void vk_move(const float *in, float *out, int32_t axes, const size_t *shape, const ptrdiff_t *in_strides,
             const ptrdiff_t *out_strides) {
  if (axes > 2) {
    for (size_t i = 0; i < shape[0]; i++)
      vk_move(in + (ptrdiff_t)i * in_strides[0], out + (ptrdiff_t)i * out_strides[0], axes - 1, shape + 1,
              in_strides + 1, out_strides + 1);
    return;
  }
  const size_t one = 1;
  const size_t outer = axes == 2 ? shape[0] : 1, inner = axes >= 1 ? shape[axes - 1] : one;
  const ptrdiff_t from[2] = {axes == 2 ? in_strides[0] : 0, axes >= 1 ? in_strides[axes - 1] : 1};
  const ptrdiff_t to[2] = {axes == 2 ? out_strides[0] : 0, axes >= 1 ? out_strides[axes - 1] : 1};
  plane(in, out, outer, inner, from, to);
}
