// Which clone of a kernel runs, and how each is compiled.
#pragma once

// 2: AVX-512, 1: AVX2 with FMA, 0: what every processor of the architecture has. VIGIL_ISA lowers it for tests.
int vk_level(void);
