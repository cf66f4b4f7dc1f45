// exp, tanh, erf and what is made of them, for vectors. Whatever is no number stays none.
#pragma once
#include "vectors.h"

// e^x by range reduction to 2^n * 2^f and a polynomial for 2^f (Cephes' expf coefficients, relative error < 2e-7). Above
// 88.7 it is infinite, below -86.9 it is 0.
INLINE vec vexp(vec x) {
  x = vclamp(x, -87.0f, 89.0f);
  // Adding 1.5 x 2^23 rounds to an integer, which then stands in the lowest bits: no conversion that NaN could disturb.
  const vec shifted = x * 1.44269504088896341f + 12582912.0f;
  const vec n = shifted - 12582912.0f;
  const vec r = x - n * 0.693359375f + n * 2.12194440e-4f;
  vec p = r * 1.9875691500e-4f + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  // In two factors, 2^(n - 1) and 2, so that the largest results are reached and larger ones become infinite.
  const vec_int power = ((vec_int)shifted + 126) << 23;
  return p * (vec)power * 2.0f;
}

// tanh; near 0, where 1 - 2 / (1 + exp(2x)) cancels, by Cephes' polynomial. Relative error < 3e-7.
INLINE vec vtanh(vec x) {
  const vec z = x * x;
  vec p = z * -5.70498872745e-3f + 2.06390887954e-2f;
  p = p * z - 5.37397155531e-2f;
  p = p * z + 1.33314422036e-1f;
  p = p * z - 3.33332819422e-1f;
  const vec near = p * z * x + x, far = 1.0f - 2.0f / (1.0f + vexp(x + x));
  return choose((vec_int)(z < 0.390625f), near, far);
}

// erf by x P(x^2) / Q(x^2) between -4 and 4: the rational fit of Eigen and XLA, error below 5e-7; one division and no
// exponential.
INLINE vec verf(vec x) {
  const vec u = vclamp(x, -4, 4), s = u * u;
  vec p = s * -2.72614225801306e-10f + 2.77068142495902e-8f;
  p = p * s - 2.10102402082508e-6f;
  p = p * s - 5.69250639462346e-5f;
  p = p * s - 7.34990630326855e-4f;
  p = p * s - 2.95459980854025e-3f;
  p = p * s - 1.60960333262415e-2f;
  vec q = s * -1.45660718464996e-5f - 2.13374055278905e-4f;
  q = q * s - 1.68282697438203e-3f;
  q = q * s - 7.37332916720468e-3f;
  q = q * s - 1.42647390514189e-2f;
  return vclamp(u * p / q, -1, 1);
}

// x/2 (1 + erf(x / sqrt 2)); from -4 sqrt 2 down it is 0, so that large negative numbers give nothing.
INLINE vec vgelu(vec x) {
  const vec half = 0.5f * x, u = x * 0.70710678118654752f;
  return half + half * choose((vec_int)(u <= -4.0f), splat(-1), verf(u));
}

INLINE vec vlogistic(vec x) { return 1.0f / (1.0f + vexp(-x)); }
