// The kernels for AVX2 with FMA.
#if defined(__x86_64__)
#include "../private/target.h"
TARGET_BEGIN("avx2,fma,f16c,bmi,bmi2")
#define SET avx2
#define LANES 8
#define REGISTERS 16
#include "../private/all_loops.h"
TARGET_END
#endif
