// The kernels for every processor of the architecture, in vectors of four.
#define SET baseline
#define LANES 4
#define REGISTERS 16
#include "../private/all_loops.h"
