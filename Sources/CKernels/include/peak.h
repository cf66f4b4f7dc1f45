// The speed limit of one core, measured.
#pragma once
#include <stdint.h>

// Fused multiply-adds on registers only, `rounds` times; returns how many multiplications and additions that were.
int64_t vk_peak(int64_t rounds);
