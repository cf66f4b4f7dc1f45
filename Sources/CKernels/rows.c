// The choice of the row kernels' clone.
#include "rows.h"

#include "private/cpu.h"

#if defined(__x86_64__)
#define CHOOSE(name, parameters, arguments)                     \
  void name##_baseline parameters;                              \
  void name##_avx2 parameters;                                  \
  void name##_avx512 parameters;                                \
  void name parameters {                                        \
    if (vk_level() == 2) name##_avx512 arguments;               \
    else if (vk_level() == 1) name##_avx2 arguments;            \
    else name##_baseline arguments;                             \
  }
#else
#define CHOOSE(name, parameters, arguments) \
  void name##_baseline parameters;          \
  void name parameters { name##_baseline arguments; }
#endif

CHOOSE(vk_sum_rows, (const float *in, size_t rows, size_t width, float factor, float *out),
       (in, rows, width, factor, out))
CHOOSE(vk_sum_columns, (const float *in, size_t rows, size_t width, float factor, float *out),
       (in, rows, width, factor, out))
CHOOSE(vk_layer_norm,
       (const float *in, size_t rows, size_t width, const float *gamma, const float *beta, float epsilon, float *out),
       (in, rows, width, gamma, beta, epsilon, out))
CHOOSE(vk_softmax, (const float *in, size_t rows, size_t width, float *out), (in, rows, width, out))
CHOOSE(vk_lstm_step, (const float *a, const float *b, size_t units, float *state, float *cell),
       (a, b, units, state, cell))
CHOOSE(vk_gru_step, (const float *a, const float *b, size_t units, float *state), (a, b, units, state))
CHOOSE(vk_affine, (const float *in, size_t rows, size_t width, const float *scale, const float *shift, float low,
                   float high, float *out),
       (in, rows, width, scale, shift, low, high, out))
CHOOSE(vk_gelu, (const float *in, size_t count, float *out), (in, count, out))
