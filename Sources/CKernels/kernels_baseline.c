// The kernels for every processor of the architecture.
#define NAME(x) x##_baseline
#define LANES 4
#define ROWS 6
#include "private/convolution_loops.h"
#include "private/depthwise_loops.h"
#include "private/pool_loops.h"
#include "private/row_loops.h"
