// The kernels for AVX-512.
#if defined(__x86_64__)
#include "../private/target.h"
TARGET_BEGIN("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma,f16c,bmi,bmi2")
#define SET avx512
#define LANES 16
#define REGISTERS 32
#include "../private/all_loops.h"
TARGET_END
#endif
