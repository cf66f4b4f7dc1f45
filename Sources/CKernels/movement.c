#include "movement.h"

enum { BLOCK = 16 };

// In blocks, so that neither side walks through memory a cache line a number.
void vk_turn(const float *in, size_t rows, size_t columns, float *out) {
  for (size_t r0 = 0; r0 < rows; r0 += BLOCK) {
    const size_t r1 = r0 + BLOCK < rows ? r0 + BLOCK : rows;
    for (size_t c0 = 0; c0 < columns; c0 += BLOCK) {
      const size_t c1 = c0 + BLOCK < columns ? c0 + BLOCK : columns;
      for (size_t c = c0; c < c1; c++) {
        for (size_t r = r0; r < r1; r++) out[c * rows + r] = in[r * columns + c];
      }
    }
  }
}
