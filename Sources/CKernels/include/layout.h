// Moving floats between layouts, and 16-bit floats to 32-bit ones.
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "nullability.h"

// Most axes that vk_move takes.
enum { VK_MAX_AXES = 8 };

// out[i * out_strides] = in[i * in_strides] for every index i below `shape` (strides in floats; `axes` of them, the
// last varies fastest). Where one side's neighbours are apart on the other, small squares are turned in registers.
void vk_move(const float *_Nonnull in, float *_Nonnull out, int32_t axes, const size_t *_Nonnull shape,
             const ptrdiff_t *_Nonnull in_strides, const ptrdiff_t *_Nonnull out_strides);

// IEEE half precision to single.
void vk_widen_halves(const void *_Nonnull halves, size_t count, float *_Nonnull out);
