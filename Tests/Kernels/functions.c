// Rows, element-by-element functions, scaling, layouts and 16-bit floats.
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "elementwise.h"
#include "functions.h"
#include "isa.h"
#include "layout.h"
#include "movement.h"
#include "peak.h"
#include "rows.h"

static double logistic(double x) { return 1 / (1 + exp(-x)); }
static double gelu(double x) { return x / 2 * (1 + erf(x * 0.70710678118654752)); }

// Numbers from -range to range, with the special ones of their kind.
static float *spread(size_t count, kind what, float range) {
  float *all = numbers(count, what);
  for (size_t i = 0; i < count; i++) all[i] *= range;
  return all;
}

void check_rows(void) {
  const size_t rows = (size_t)ONE_OF(1, 2, 3, 8), width = (size_t)(1 + below(70)), count = rows * width;
  const kind what = (kind)below(3);
  float *in = spread(count, what, 4), *out = fenced(count), *sums = fenced(rows), *columns = fenced(width);
  vk_sum_rows(in, rows, width, 0.5f, sums);
  vk_sum_columns(in, rows, width, 0.5f, columns);
  for (size_t row = 0; row < rows; row++) {
    double sum = 0;
    for (size_t i = 0; i < width; i++) sum += in[row * width + i];
    expect_near(sums[row], sum / 2, 1e-6, 4 * (double)width, "sum_rows", row);
  }
  for (size_t i = 0; i < width; i++) {
    double sum = 0;
    for (size_t row = 0; row < rows; row++) sum += in[row * width + i];
    expect_near(columns[i], sum / 2, 1e-6, 4 * (double)rows, "sum_columns", i);
  }
  float *gamma = below(2) ? numbers(width, PLAIN) : NULL, *beta = below(2) ? numbers(width, PLAIN) : NULL;
  vk_layer_norm(in, rows, width, gamma, beta, 1e-3f, out);
  for (size_t row = 0; row < rows; row++) {
    double mean = 0, squares = 0;
    for (size_t i = 0; i < width; i++) mean += in[row * width + i] / (double)width;
    for (size_t i = 0; i < width; i++) squares += pow(in[row * width + i] - mean, 2) / (double)width;
    for (size_t i = 0; i < width; i++) {
      double wanted = (in[row * width + i] - mean) / sqrt(squares + 1e-3);
      if (isnan(mean) || isinf(mean)) wanted = NAN;
      if (gamma) wanted *= gamma[i];
      if (beta) wanted += beta[i];
      expect_near(out[row * width + i], wanted, 2e-5, 1, "layer_norm", i);
    }
  }
  float *scale = numbers(width, PLAIN), *shift = numbers(width, PLAIN);
  vk_affine(in, rows, width, scale, shift, -1, 1, out);
  for (size_t i = 0; i < count; i++) {
    const double x = (double)in[i] * scale[i % width] + shift[i % width];
    expect_near(out[i], x < -1 ? -1 : x > 1 ? 1 : x, 1e-6, 4, "affine", i);
  }
  vk_gelu(in, count, out);
  for (size_t i = 0; i < count; i++) expect_near(out[i], isinf(in[i]) ? (in[i] > 0 ? INFINITY : NAN) : gelu(in[i]), 2e-6, 4, "gelu", i);
  vk_softmax(in, rows, width, out);
  for (size_t row = 0; row < rows; row++) {
    double most = -INFINITY, sum = 0;
    for (size_t i = 0; i < width; i++) {
      const double x = in[row * width + i];
      most = x > most ? x : most;
    }
    for (size_t i = 0; i < width; i++) sum += exp(in[row * width + i] - most);
    for (size_t i = 0; i < width; i++)
      expect_near(out[row * width + i], exp(in[row * width + i] - most) / sum, 2e-6, 1, "softmax", i);
  }
  float *a = spread(4 * width, what, 6), *b = spread(4 * width, PLAIN, 6);
  float *state = numbers(width, PLAIN), *cell = numbers(width, PLAIN), *old = fenced(width), *old_cell = fenced(width);
  memcpy(old, state, width * 4), memcpy(old_cell, cell, width * 4);
  vk_lstm_step(a, b, width, state, cell);
  for (size_t i = 0; i < width; i++) {
    double gate[4];
    for (size_t g = 0; g < 4; g++) gate[g] = (double)a[g * width + i] + b[g * width + i];
    const double kept = logistic(gate[2]) * old_cell[i] + logistic(gate[0]) * tanh(gate[3]);
    expect_near(cell[i], kept, 2e-6, 2, "lstm cell", i);
    expect_near(state[i], logistic(gate[1]) * tanh(kept), 2e-6, 2, "lstm state", i);
  }
  memcpy(state, old, width * 4);
  vk_gru_step(a, b, width, state);
  for (size_t i = 0; i < width; i++) {
    const double update = logistic((double)a[i] + b[i]), reset = logistic((double)a[width + i] + b[width + i]);
    const double next = tanh(a[2 * width + i] + reset * b[2 * width + i]);
    expect_near(state[i], (1 - update) * next + update * old[i], 2e-6, 2, "gru state", i);
  }
}

static double binary_of(int name, double x, double y) {
  switch (name) {
    case VK_ADD: return x + y;
    case VK_SUBTRACT: return x - y;
    case VK_MULTIPLY: return x * y;
    case VK_DIVIDE: return x / y;
    case VK_SQUARED_DIFFERENCE: return (x - y) * (x - y);
    case VK_MINIMUM: return x < y ? x : y;
    default: return x > y ? x : y;
  }
}

static double unary_of(int name, double x) {
  switch (name) {
    case VK_RELU: return x < 0 ? 0 : x;
    case VK_RELU6: return x < 0 ? 0 : x > 6 ? 6 : x;
    case VK_LOGISTIC: return logistic(x);
    case VK_TANH: return tanh(x);
    case VK_SQRT: return sqrt(x);
    case VK_RSQRT: return 1 / sqrt(x);
    case VK_NEGATIVE: return -x;
    case VK_EXP: return exp(x);
    case VK_ABS: return fabs(x);
    case VK_SQUARE: return x * x;
    default: return x * (x < -3 ? 0 : x > 3 ? 1 : (x + 3) / 6);
  }
}

void check_elementwise(void) {
  const size_t count = (size_t)(1 + below(70));
  const kind what = (kind)below(3);
  float *a = spread(count, what, 9), *b = spread(count, what, 9), *out = fenced(count);
  for (int name = VK_ADD; name <= VK_MAXIMUM; name++) {
    const size_t a_step = (size_t)below(2), b_step = (size_t)below(2);
    vk_binary(name, a, a_step, b, b_step, out, count);
    for (size_t i = 0; i < count; i++) {
      const double wanted = binary_of(name, a[i * a_step], b[i * b_step]);
      // What is beyond a float's range is infinite as a float.
      expect_near(out[i], fabs(wanted) > FLT_MAX ? copysign(INFINITY, wanted) : wanted, 2e-7, fabs(wanted) + 1e-37, "binary", i);
    }
  }
  for (int name = VK_RELU; name <= VK_HARD_SWISH; name++) {
    vk_unary(name, a, out, count);
    for (size_t i = 0; i < count; i++) {
      const double wanted = unary_of(name, a[i]);
      expect_near(out[i], fabs(wanted) > FLT_MAX ? copysign(INFINITY, wanted) : wanted, 1e-6, fabs(wanted) + 1e-7, "unary", i);
    }
  }
  const size_t channels = (size_t)(1 + below(9)), pixels = count / channels;
  vk_prelu(a, b, out, pixels, channels);
  for (size_t i = 0; i < pixels * channels; i++)
    expect_near(out[i], a[i] > 0 ? a[i] : (double)a[i] * b[i % channels], 2e-7, 81, "prelu", i);
}

static double function_of(int name, double a, double b, double x) {
  switch (name) {
    case VK_FN_SOFTPLUS: return fmax(x, 0) + log1p(exp(-fabs(x)));
    case VK_FN_MISH: return x * tanh(log1p(exp(x)));
    case VK_FN_ELU: return x < 0 ? a * expm1(x) : x;
    case VK_FN_CELU: return x < 0 ? a * expm1(x / a) : x;
    case VK_FN_SELU: return b * (x > 0 ? x : a * expm1(x));
    case VK_FN_GELU: return gelu(x);
    case VK_FN_GELU_TANH: return x / 2 * (1 + tanh(sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
    case VK_FN_ERF: return erf(x);
    case VK_FN_LOG: return log(x);
    case VK_FN_POWER: return pow(x, a);
    case VK_FN_SOFTSIGN: return x / (1 + fabs(x));
    case VK_FN_SWISH: return x * logistic(a * x);
    case VK_FN_THRESHOLDED: return x > a ? x : 0;
    case VK_FN_HARD_SIGMOID: return fmin(fmax(a * x + b, 0), 1);
    case VK_FN_CEIL: return ceil(x);
    case VK_FN_FLOOR: return floor(x);
    case VK_FN_ROUND: return rint(x);
    case VK_FN_SIN: return sin(x);
    default: return cos(x);
  }
}

void check_functions(void) {
  const size_t count = (size_t)(1 + below(40));
  float *in = spread(count, (kind)below(2), 12), *out = fenced(count);
  for (int name = VK_FN_SOFTPLUS; name <= VK_FN_COS; name++) {
    vk_function(name, 0.75f, 0.4f, in, out, count);
    for (size_t i = 0; i < count; i++) {
      const double wanted = function_of(name, 0.75f, 0.4f, in[i]);
      expect_near(out[i], wanted, 3e-6, fabs(wanted) + 1, "function", (size_t)name);
    }
  }
}

void check_resize(void) {
  const int height = 1 + below(9), width = 1 + below(9), channels = ONE_OF(1, 3, 4, 8, 17);
  const int out_height = 1 + below(14), out_width = 1 + below(14), align = below(2), half = align ? 0 : below(2);
  float *in = numbers((size_t)(height * width * channels), PLAIN), *out = fenced((size_t)(out_height * out_width * channels));
  vk_resize_bilinear(in, height, width, out, out_height, out_width, channels, align, half);
  for (int i = 0; i < out_height * out_width * channels; i++) {
    const int place[2] = {i / channels / out_width, i / channels % out_width}, size[2] = {height, width}, to[2] = {out_height, out_width};
    int first[2], second[2];
    double weight[2];
    for (int axis = 0; axis < 2; axis++) {
      const double scale = align && to[axis] > 1 ? (size[axis] - 1.0) / (to[axis] - 1.0) : (double)size[axis] / to[axis];
      const double at = fmax(half ? (place[axis] + 0.5) * scale - 0.5 : place[axis] * scale, 0);
      first[axis] = at < size[axis] ? (int)at : size[axis] - 1;
      second[axis] = first[axis] + 1 < size[axis] ? first[axis] + 1 : first[axis];
      weight[axis] = at - first[axis];
    }
#define AT(y, x) in[((y) * width + (x)) * channels + i % channels]
    const double top = AT(first[0], first[1]) * (1 - weight[1]) + AT(first[0], second[1]) * weight[1];
    const double bottom = AT(second[0], first[1]) * (1 - weight[1]) + AT(second[0], second[1]) * weight[1];
    expect_near(out[i], top * (1 - weight[0]) + bottom * weight[0], 1e-5, 1, "resize", (size_t)i);
  }
}

void check_layout(void) {
  const size_t rows = (size_t)(1 + below(20)), columns = (size_t)(1 + below(20)), count = 1 + (size_t)below((int)columns);
  float *in = numbers((rows - 1) * columns + count, PLAIN), *out = fenced(count * rows);
  vk_turn(in, rows, columns, count, out);
  for (size_t c = 0; c < count; c++)
    for (size_t r = 0; r < rows; r++) expect(out[c * rows + r] == in[r * columns + c], "turn [%zu][%zu]", c, r);
  // Four axes in a random order.
  size_t shape[4], total = 1;
  ptrdiff_t from[4], to[4];
  for (int axis = 0; axis < 4; axis++) total *= shape[axis] = (size_t)(1 + below(6));
  int order[4] = {0, 1, 2, 3};
  for (int i = 3; i > 0; i--) {
    const int other = below(i + 1), kept = order[i];
    order[i] = order[other], order[other] = kept;
  }
  ptrdiff_t plain = 1, turned = 1;
  for (int i = 3; i >= 0; i--) {
    from[i] = plain, plain *= (ptrdiff_t)shape[i];
    to[order[i]] = turned, turned *= (ptrdiff_t)shape[order[i]];
  }
  float *a = numbers(total, PLAIN), *b = fenced(total);
  vk_move(a, b, 4, shape, from, to);
  for (size_t i = 0; i < total; i++) {
    ptrdiff_t place = 0;
    size_t rest = i;
    for (int axis = 3; axis >= 0; axis--) place += (ptrdiff_t)(rest % shape[axis]) * to[axis], rest /= shape[axis];
    expect(b[place] == a[i], "move of element %zu", i);
  }
}

// All 65,536 of them, at an odd address.
void check_halves(void) {
  unsigned char *halves = fenced_bytes(2 * 65536 + 1) + 1;
  float *out = fenced(65536);
  for (uint32_t i = 0; i < 65536; i++) halves[2 * i] = (unsigned char)i, halves[2 * i + 1] = (unsigned char)(i >> 8);
  vk_widen_halves(halves, 65536, out);
  for (uint32_t i = 0; i < 65536; i++) {
    const int exponent = (int)(i >> 10 & 31);
    double wanted = exponent ? ldexp(1024 + (i & 1023), exponent - 25) : ldexp(i & 1023, -24);
    if (exponent == 31) wanted = i & 1023 ? NAN : INFINITY;
    expect_near(out[i], i >> 15 ? -wanted : wanted, 0, 0, "halves", i);
  }
}

// What is promised of single numbers, in every place of a register.
void check_contracts(void) {
  enum { COUNT = 37 };
  float *in = fenced(COUNT), *out = fenced(COUNT);
  static const float specials[] = {NAN, -NAN, INFINITY, -INFINITY, 0.0f, -0.0f, 1e-42f, -1e-42f, 3.4e38f, -3.4e38f, 88.8f, -200.0f};
  for (size_t s = 0; s < sizeof specials / sizeof *specials; s++)
    for (size_t place = 0; place < COUNT; place++) {
      for (size_t i = 0; i < COUNT; i++) in[i] = 0.25f;
      in[place] = specials[s];
      for (int name = VK_RELU; name <= VK_HARD_SWISH; name++) {
        vk_unary(name, in, out, COUNT);
        const double wanted = unary_of(name, (double)specials[s]), other = unary_of(name, 0.25);
        expect_near(out[place], fabs(wanted) > FLT_MAX ? copysign(INFINITY, wanted) : wanted, 2e-6, fabs(wanted) + 1e-37, "unary of a special number", (size_t)name);
        expect_near(out[place ? place - 1 : 1], other, 1e-6, fabs(other), "its neighbour", (size_t)name);
      }
      // A tiny number is not taken for zero.
      vk_unary(VK_NEGATIVE, in, out, COUNT);
      expect(isnan(in[place]) || out[place] == -in[place], "negative of %g is %g", (double)in[place], (double)out[place]);
    }
  expect(vk_peak(100) > 0, "peak counts nothing");
  expect(vk_instruction_set_problem() == NULL, "VIGIL_ISA is not set by the checks");
}
