// Bilinear sampling and conversion for AVX2 with FMA.
#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c,bmi,bmi2"))), apply_to = function)
#define NAME(x) x##_avx2
#define LANES 8
#include "private/warp_loops.h"
#include "private/convert_loops.h"
#pragma clang attribute pop
#endif
