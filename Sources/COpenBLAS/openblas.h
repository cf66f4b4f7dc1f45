// OpenBLAS as its own headers declare it. It is not linked: Inference loads it when a network first needs it, after the
// kernels of this processor have been chosen.
#pragma once
#include <cblas.h>

typedef __typeof__(&cblas_sgemm) vigil_sgemm;
typedef __typeof__(&openblas_set_num_threads) vigil_set_threads;
typedef __typeof__(&openblas_get_corename) vigil_core_name;
