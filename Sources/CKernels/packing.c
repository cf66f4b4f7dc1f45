// Packing of weights into panels of two registers.
#include "convolution.h"

#include <string.h>

#include "layout.h"
#include "private/kernels.h"

static size_t width(void) { return vk_kernels()->lanes; }

size_t vk_packed_count(size_t outputs, size_t taps, size_t channels) {
  const size_t lanes = width();
  return (outputs + lanes - 1) / lanes * lanes * (taps * channels + 1);
}

void vk_pack_weights(const float *weights, const float *bias, size_t outputs, size_t taps, size_t channels,
                     float *packed) {
  const size_t lanes = width(), steps = taps * channels;
  for (size_t first = 0; first < outputs;) {
    const size_t panel = outputs - first > lanes ? 2 * lanes : lanes;
    const size_t real = outputs - first < panel ? outputs - first : panel;
    for (size_t n = 0; n < real; n++) packed[n] = bias ? bias[first + n] : 0;
    for (size_t n = real; n < panel; n++) packed[n] = 0;
    packed += panel;
    if (real < panel) memset(packed, 0, sizeof(float) * steps * panel);
    const size_t shape[2] = {real, steps};
    const ptrdiff_t from[2] = {(ptrdiff_t)steps, 1}, to[2] = {1, (ptrdiff_t)panel};
    vk_move(weights + first * steps, packed, 2, shape, from, to);
    packed += steps * panel;
    first += panel;
  }
}

typedef float four __attribute__((vector_size(16)));
typedef float four_anywhere __attribute__((vector_size(16), aligned(1), may_alias));
typedef float one_anywhere __attribute__((aligned(1), may_alias));

// Weights of `real` outputs, each a row of channels x taps, to rows taps x channels of `panel` numbers: turned four by
// four, so that a row's numbers are read in one go and written side by side.
static void turn_panel(const vk_stored_weights *w, size_t first, size_t real, size_t panel, float *to) {
  const size_t steps = w->taps * w->channels, ahead = 64;
  const one_anywhere *from = (const one_anywhere *)w->numbers + first * steps;
  size_t channel = 0, tap = 0;
  for (size_t k = 0; k < steps; k += 4) {
    const size_t columns = steps - k < 4 ? steps - k : 4;
    float *rows[4];
    for (size_t i = 0; i < columns; i++) {
      rows[i] = to + (tap * w->channels + channel) * panel;
      if (++tap == w->taps) tap = 0, channel++;
    }
    size_t n = 0;
    for (; columns == 4 && n + 4 <= real; n += 4) {
      four row[4];
      for (size_t i = 0; i < 4; i++) {
        const one_anywhere *place = from + (n + i) * steps + k;
        if (k % 16 == 0) __builtin_prefetch((const char *)place + 4 * ahead);
        row[i] = *(const four_anywhere *)place;
        if (w->factors) row[i] *= w->factors[first + n + i];
      }
      const four ab = __builtin_shufflevector(row[0], row[1], 0, 4, 1, 5), AB = __builtin_shufflevector(row[0], row[1], 2, 6, 3, 7);
      const four cd = __builtin_shufflevector(row[2], row[3], 0, 4, 1, 5), CD = __builtin_shufflevector(row[2], row[3], 2, 6, 3, 7);
      *(four_anywhere *)(rows[0] + n) = __builtin_shufflevector(ab, cd, 0, 1, 4, 5);
      *(four_anywhere *)(rows[1] + n) = __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
      *(four_anywhere *)(rows[2] + n) = __builtin_shufflevector(AB, CD, 0, 1, 4, 5);
      *(four_anywhere *)(rows[3] + n) = __builtin_shufflevector(AB, CD, 2, 3, 6, 7);
    }
    for (; n < real; n++)
      for (size_t i = 0; i < columns; i++)
        rows[i][n] = from[n * steps + k + i] * (w->factors ? w->factors[first + n] : 1);
  }
}

size_t vk_panels(size_t outputs) { return (outputs + 2 * width() - 1) / (2 * width()); }

void vk_pack_stored(const vk_stored_weights *w, size_t begin, size_t end, float *packed) {
  const size_t lanes = width(), steps = w->taps * w->channels;
  for (size_t index = begin; index < end; index++) {
    const size_t first = index * 2 * lanes;
    const size_t panel = w->outputs - first > lanes ? 2 * lanes : lanes;
    const size_t real = w->outputs - first < panel ? w->outputs - first : panel;
    float *to = packed + first * (steps + 1);
    for (size_t n = 0; n < panel; n++) to[n] = w->bias && n < real ? w->bias[first + n] : 0;
    to += panel;
    if (real < panel) memset(to, 0, sizeof(float) * steps * panel);
    if (!w->channels_first) {
      turn_panel(w, first, real, panel, to);
      continue;
    }
    const one_anywhere *from = (const one_anywhere *)w->numbers + first;
    for (size_t k = 0; k < steps; k++)
      for (size_t n = 0; n < real; n++)
        to[k * panel + n] = from[k * w->outputs + n] * (w->factors ? w->factors[first + n] : 1);
  }
}

int vk_paired(size_t outputs, size_t channels) { return vk_kernels()->pairs && outputs <= 8 && channels % 2 == 0; }

void vk_pack_pairs(const float *weights, const float *bias, size_t outputs, size_t channels, float *packed) {
  memset(packed, 0, sizeof(float) * vk_packed_count(outputs, 1, channels));
  for (size_t n = 0; n < outputs; n++) {
    if (bias) packed[2 * n] = bias[n];
    for (size_t k = 0; k < channels; k++)
      packed[16 + k / 2 * 16 + 2 * n + k % 2] = weights[n * channels + k];
  }
}
