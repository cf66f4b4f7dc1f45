// Moving floats between layouts.
#pragma once
#include <stddef.h>

#include "nullability.h"

// out[c][r] = in[r][c] for c below `count`, rows of the input `columns` apart: a picture between channels first and
// channels last, or a part of it.
void vk_turn(const float *_Nonnull in, size_t rows, size_t columns, size_t count, float *_Nonnull out);
