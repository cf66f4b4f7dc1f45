#include "movement.h"

#include "layout.h"

void vk_turn(const float *in, size_t rows, size_t columns, size_t count, float *out) {
  const size_t shape[2] = {rows, count};
  const ptrdiff_t from[2] = {(ptrdiff_t)columns, 1}, to[2] = {1, (ptrdiff_t)rows};
  vk_move(in, out, 2, shape, from, to);
}
