// Which instruction set the kernels use. VIGIL_ISA chooses: baseline, avx2 or avx512 on x86-64, baseline or neon on ARM.
#pragma once
#include "nullability.h"

// The name of the set whose kernels run; the same for the whole life of the process.
const char *_Nonnull vk_instruction_set(void);

// What is wrong with VIGIL_ISA, in one line that names the choices, or null. The kernels then run on the best set; a
// program should not start.
const char *_Nullable vk_instruction_set_problem(void);
