// Moving floats between layouts.
#pragma once
#include <stddef.h>

// out[c][r] = in[r][c]: a picture between channels first and channels last.
void vk_turn(const float *_Nonnull in, size_t rows, size_t columns, float *_Nonnull out);
