// Compiles what lies between TARGET_BEGIN and TARGET_END for more than the architecture's baseline.
#pragma once
#include <immintrin.h>

#define TARGET_PRAGMA(text) _Pragma(#text)
#if defined(__clang__)
#define TARGET_BEGIN(set) TARGET_PRAGMA(clang attribute push(__attribute__((target(set))), apply_to = function))
#define TARGET_END TARGET_PRAGMA(clang attribute pop)
#else
#define TARGET_BEGIN(set) TARGET_PRAGMA(GCC push_options) TARGET_PRAGMA(GCC target(set))
#define TARGET_END TARGET_PRAGMA(GCC pop_options)
#endif
