// The table of the kernels that the including file has compiled: it has defined SET, LANES and REGISTERS and included all
// loop headers.
#include "kernels.h"

#define VK_JOIN_(a, b) a##b
#define VK_JOIN(a, b) VK_JOIN_(a, b)
#define VK_TEXT_(a) #a
#define VK_TEXT(a) VK_TEXT_(a)
#define VK_FILL(name, result, parameters, arguments) .name = name,

const vk_kernel_table VK_JOIN(vk_kernels_, SET) = {
    .name = VK_TEXT(SET), .lanes = LANES, .pairs = LANES == 16, VK_EACH_KERNEL(VK_FILL)};
