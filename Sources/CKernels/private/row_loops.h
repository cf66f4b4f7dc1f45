// Rows for whatever register width the including file sets.
#pragma once
#include "../include/rows.h"
#include "function_vectors.h"
#include "vectors.h"

INLINE float total(vec value) {
  float sum = 0;
  for (int i = LANES / 2; i > 0; i /= 2) {
    vec other = {0};
    for (int lane = 0; lane < i; lane++) other[lane] = value[lane + i];
    value += other;
  }
  sum = value[0];
  return sum;
}

INLINE float row_sum(const float *in, size_t width) {
  vec a = splat(0), b = splat(0);
  size_t i = 0;
  for (; i + 2 * LANES <= width; i += 2 * LANES) a += load(in + i), b += load(in + i + LANES);
  for (; i < width; i += LANES) a += load_some(in + i, first_lanes(width - i));
  return total(a + b);
}

static void sum_rows(const float *in, size_t rows, size_t width, float factor, float *out) {
  for (size_t row = 0; row < rows; row++) out[row] = factor * row_sum(in + row * width, width);
}

static void sum_columns(const float *in, size_t rows, size_t width, float factor, float *out) {
  for (size_t i = 0; i < width; i += LANES) {
    const lanes mask = first_lanes(width - i);
    vec a = splat(0), b = splat(0);
    size_t row = 0;
    for (; row + 2 <= rows; row += 2) {
      a += load_some(in + row * width + i, mask);
      b += load_some(in + (row + 1) * width + i, mask);
    }
    if (row < rows) a += load_some(in + row * width + i, mask);
    store_some(out + i, (a + b) * factor, mask);
  }
}

static void layer_norm(const float *in, size_t rows, size_t width, const float *gamma, const float *beta,
                         float epsilon, float *out) {
  for (size_t row = 0; row < rows; row++, in += width, out += width) {
    const float mean = row_sum(in, width) / (float)width;
    vec squares = splat(0);
    for (size_t i = 0; i < width; i += LANES) {
      const lanes mask = first_lanes(width - i);
      vec difference = load_some(in + i, mask) - mean;
      // Lanes behind the row read 0, not the mean: take them out again.
      if (width - i < LANES)
        for (size_t lane = width - i; lane < LANES; lane++) difference[lane] = 0;
      squares += difference * difference;
    }
    const float scale = 1 / __builtin_sqrtf(total(squares) / (float)width + epsilon);
    for (size_t i = 0; i < width; i += LANES) {
      const lanes mask = first_lanes(width - i);
      vec value = (load_some(in + i, mask) - mean) * scale;
      if (gamma) value *= load_some(gamma + i, mask);
      if (beta) value += load_some(beta + i, mask);
      store_some(out + i, value, mask);
    }
  }
}

// A number that is none is taken over others, as a comparison with it is false.
INLINE float row_maximum(const float *in, size_t width) {
  float largest = in[0];
  size_t i = 0;
  if (width >= LANES) {
    vec most = load(in);
    for (i = LANES; i + LANES <= width; i += LANES) most = vmax(most, load(in + i));
    for (int lane = 0; lane < LANES; lane++) largest = most[lane] > largest ? most[lane] : largest;
  }
  for (; i < width; i++) largest = in[i] > largest ? in[i] : largest;
  return largest;
}

static void affine(const float *in, size_t rows, size_t width, const float *scale, const float *shift, float low,
                     float high, float *out) {
  for (size_t i = 0; i < width; i += LANES) {
    const lanes mask = first_lanes(width - i);
    const vec factor = load_some(scale + i, mask), term = load_some(shift + i, mask);
    for (size_t row = 0; row < rows; row++) {
      const vec value = load_some(in + row * width + i, mask) * factor + term;
      store_some(out + row * width + i, vclamp(value, low, high), mask);
    }
  }
}

static void gelu(const float *in, size_t count, float *out) {
  size_t i = 0;
  for (; i + 2 * LANES <= count; i += 2 * LANES) {
    const vec a = load(in + i), b = load(in + i + LANES);
    store(out + i, vgelu(a));
    store(out + i + LANES, vgelu(b));
  }
  for (; i < count; i += LANES) {
    const lanes mask = first_lanes(count - i);
    store_some(out + i, vgelu(load_some(in + i, mask)), mask);
  }
}

static void softmax(const float *in, size_t rows, size_t width, float *out) {
  for (size_t row = 0; row < rows; row++, in += width, out += width) {
    const float largest = row_maximum(in, width);
    for (size_t i = 0; i < width; i += LANES) {
      const lanes mask = first_lanes(width - i);
      store_some(out + i, vexp(load_some(in + i, mask) - largest), mask);
    }
    const float share = 1 / row_sum(out, width);
    for (size_t i = 0; i < width; i += LANES) {
      const lanes mask = first_lanes(width - i);
      store_some(out + i, load_some(out + i, mask) * share, mask);
    }
  }
}

static void lstm_step(const float *a, const float *b, size_t units, float *state, float *cell) {
  for (size_t i = 0; i < units; i += LANES) {
    const lanes mask = first_lanes(units - i);
    vec gate[4];
    UNROLL for (int g = 0; g < 4; g++) {
      const size_t at = (size_t)g * units + i;
      gate[g] = load_some(a + at, mask) + load_some(b + at, mask);
    }
    const vec kept = vlogistic(gate[2]) * load_some(cell + i, mask) + vlogistic(gate[0]) * vtanh(gate[3]);
    store_some(cell + i, kept, mask);
    store_some(state + i, vlogistic(gate[1]) * vtanh(kept), mask);
  }
}

static void gru_step(const float *a, const float *b, size_t units, float *state) {
  for (size_t i = 0; i < units; i += LANES) {
    const lanes mask = first_lanes(units - i);
    const vec update = vlogistic(load_some(a + i, mask) + load_some(b + i, mask));
    const vec reset = vlogistic(load_some(a + units + i, mask) + load_some(b + units + i, mask));
    const vec next = vtanh(load_some(a + 2 * units + i, mask) + reset * load_some(b + 2 * units + i, mask));
    const vec old = load_some(state + i, mask);
    store_some(state + i, (1 - update) * next + update * old, mask);
  }
}
