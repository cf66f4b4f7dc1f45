// Functions of one float with up to two parameters: what ONNX networks use beside those of elementwise.h.
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "nullability.h"

enum {
  VK_FN_SOFTPLUS = 0,  // log(1 + exp(x))
  VK_FN_MISH,          // x tanh(softplus(x))
  VK_FN_ELU,           // x < 0 ? a (exp(x) - 1) : x
  VK_FN_CELU,          // max(0, x) + min(0, a (exp(x / a) - 1))
  VK_FN_SELU,          // b (x > 0 ? x : a (exp(x) - 1))
  VK_FN_GELU,          // x/2 (1 + erf(x / sqrt 2))
  VK_FN_GELU_TANH,     // x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))
  VK_FN_ERF,
  VK_FN_LOG,
  VK_FN_POWER,         // x^a
  VK_FN_SOFTSIGN,      // x / (1 + |x|)
  VK_FN_SWISH,         // x / (1 + exp(-a x))
  VK_FN_THRESHOLDED,   // x > a ? x : 0
  VK_FN_HARD_SIGMOID,  // max(0, min(1, a x + b))
  VK_FN_CEIL,
  VK_FN_FLOOR,
  VK_FN_ROUND,         // halves to even
  VK_FN_SIN,
  VK_FN_COS,
};

// out[i] = f(in[i]).
void vk_function(int32_t function, float a, float b, const float *_Nonnull in, float *_Nonnull out, size_t count);
