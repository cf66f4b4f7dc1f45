// Functions of one float with up to two parameters. Those without an expression of vectors call the mathematics library.
#pragma once
#include <math.h>

#include "../include/functions.h"
#include "elementwise_loops.h"

// tanh(log(1 + e)) = (e^2 + 2e) / (e^2 + 2e + 2) with e = exp(x): one exponential instead of three functions.
static inline float mish(float x) {
  if (x > 20) return x;
  const float e = expf(x), n = e * (e + 2);
  return x * n / (n + 2);
}

// x/2 (1 + tanh(u)) = x / (1 + exp(-2u)).
static inline float gelu_tanh(float x) {
  const float u = 0.79788456080286536f * (x + 0.044715f * x * x * x);
  return x / (1 + expf(-2 * u));
}

static inline float softplus(float x) { return fmaxf(x, 0) + log1pf(expf(-fabsf(x))); }

static void function(int32_t name, float a, float b, const float *in, float *out, size_t count) {
  switch (name) {
    case VK_FN_SOFTPLUS: MAP(softplus(x));
    case VK_FN_MISH: MAP(mish(x));
    case VK_FN_ELU: MAP(x < 0 ? a * expm1f(x) : x);
    case VK_FN_CELU: MAP(x < 0 ? a * expm1f(x / a) : x);
    case VK_FN_SELU: MAP(b * (x > 0 ? x : a * expm1f(x)));
    case VK_FN_GELU: MAP_VECTORS(vgelu(x));
    case VK_FN_GELU_TANH: MAP(gelu_tanh(x));
    case VK_FN_ERF: MAP_VECTORS(verf(x));
    case VK_FN_LOG: MAP(logf(x));
    case VK_FN_POWER: MAP(powf(x, a));
    case VK_FN_SOFTSIGN: MAP(x / (1 + fabsf(x)));
    case VK_FN_SWISH: MAP_VECTORS(x * vlogistic(a * x));
    case VK_FN_THRESHOLDED: MAP(x > a ? x : 0);
    case VK_FN_HARD_SIGMOID: MAP(a * x + b < 0 ? 0 : a * x + b > 1 ? 1 : a * x + b);
    case VK_FN_CEIL: MAP(ceilf(x));
    case VK_FN_FLOOR: MAP(floorf(x));
    case VK_FN_ROUND: MAP(rintf(x));
    case VK_FN_SIN: MAP(sinf(x));
    default: MAP(cosf(x));
  }
}
