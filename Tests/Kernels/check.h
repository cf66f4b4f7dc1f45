// What the checks of the kernels share: numbers that look random, memory between forbidden pages, comparisons.
#pragma once
#include <stddef.h>
#include <stdint.h>

// Kinds of numbers. Weights are always plain: virtual padding multiplies them by zero.
typedef enum { PLAIN = 0, TINY, WILD } kind;  // within -1...1; many denormals; some infinite or not a number

uint64_t random_bits(void);
void random_seed(uint64_t seed);
int below(int count);                     // 0..<count
int one_of(int count, const int *values);
#define ONE_OF(...) one_of(sizeof((int[]){__VA_ARGS__}) / sizeof(int), (int[]){__VA_ARGS__})

// Memory of exactly `count` bytes or floats that begins or ends at a page that may not be touched. All of it is given
// back at once.
unsigned char *fenced_bytes(size_t count);
float *fenced(size_t count);
float *numbers(size_t count, kind what);  // filled with random numbers
void release(void);

// Counts one comparison; the failure's text names the check, the instruction set and the seed.
void expect(int holds, const char *format, ...) __attribute__((format(printf, 2, 3)));
// |got - wanted| <= tolerance * scale; both no number; or the same infinity.
void expect_near(double got, double wanted, double tolerance, double scale, const char *what, size_t index);
void expect_same_bytes(const void *got, const void *wanted, size_t count, const char *what);

// The same bits; of what is no number any.
void expect_same_floats(const float *got, const float *wanted, size_t count, const char *what);

// The checks; each runs one random case.
void check_convolution(void);
void check_depthwise(void);
void check_packing(void);
void check_pool(void);
void check_rows(void);
void check_elementwise(void);
void check_functions(void);
void check_resize(void);
void check_layout(void);
void check_pixels(void);
// Once for each instruction set.
void check_right_edge(void);
void check_halves(void);
void check_contracts(void);
