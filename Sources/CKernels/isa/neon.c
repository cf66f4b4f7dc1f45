// The kernels for NEON, which every 64-bit ARM processor has: vectors of four, twice as many registers as the baseline.
#if defined(__aarch64__)
#define SET neon
#define LANES 4
#define REGISTERS 32
#include "../private/all_loops.h"
#endif
