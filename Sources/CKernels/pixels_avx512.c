// Bilinear sampling and conversion for AVX-512.
#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma,f16c,bmi,bmi2"))), apply_to = function)
#define NAME(x) x##_avx512
#define LANES 16
#include "private/warp_loops.h"
#include "private/convert_loops.h"
#pragma clang attribute pop
#endif
