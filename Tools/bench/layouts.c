// The measurements behind docs/decisions/0002-channels-last.md: products and depthwise convolutions in this engine's
// kernels (channels last) against OpenBLAS, and against depthwise loops on planes (channels first).
//
// clang -O3 -ISources/CKernels/include -ISources/CKernels Tools/bench/layouts.c Sources/CKernels/kernels_*.c
//   Sources/CKernels/{cpu,convolution,layout,pool,rows}.c -ldl -lm -o layouts   (leave out files that are not there)
// OPENBLAS_CORETYPE=SkylakeX ./layouts
#define _GNU_SOURCE
#include <convolution.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef void (*sgemm)(int, int, int, int, int, int, float, const float *, int, const float *, int, float, float *, int);

// Processor time: other programs on the machine disturb it less.
static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int ascending(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

#define MEDIAN(result, code)                     \
  do {                                           \
    double times[41];                            \
    for (int i = 0; i < 41; i++) {               \
      const double start = now();                \
      code;                                      \
      times[i] = now() - start;                  \
    }                                            \
    qsort(times, 41, sizeof(double), ascending); \
    result = times[20];                          \
  } while (0)

static float *numbers(size_t count) {
  float *p = aligned_alloc(64, (count * 4 + 64 + 63) / 64 * 64);
  for (size_t i = 0; i < count; i++) p[i] = (float)(i % 17) * .1f - .8f;
  return p;
}

static void product(sgemm multiply, int rows, int inner, int columns) {
  float *a = numbers((size_t)rows * (size_t)inner), *w = numbers((size_t)inner * (size_t)columns);
  float *y = numbers((size_t)rows * (size_t)columns), *zero = calloc((size_t)inner, 4);
  float *packed = numbers(vk_packed_count((size_t)columns, 1, (size_t)inner));
  vk_pack_weights(w, NULL, (size_t)columns, 1, (size_t)inner, packed);
  vk_convolution c = {.input = a,
                      .zero = zero,
                      .weights = packed,
                      .output = y,
                      .in_height = 1,
                      .in_width = rows,
                      .channels = inner,
                      .pixel_stride = inner,
                      .merged = 1,
                      .out_height = 1,
                      .out_width = rows,
                      .out_channels = columns,
                      .out_stride = columns,
                      .kernel_height = 1,
                      .kernel_width = 1,
                      .stride_height = 1,
                      .stride_width = 1,
                      .dilation_height = 1,
                      .dilation_width = 1};
  double ours, last, first;
  MEDIAN(ours, vk_convolve(&c, 0, rows));
  MEDIAN(last, multiply(101, 111, 112, rows, columns, inner, 1, a, inner, w, inner, 0, y, columns));
  MEDIAN(first, multiply(101, 111, 111, columns, rows, inner, 1, w, inner, a, rows, 0, y, rows));
  const double operations = 2e-9 * rows * inner * columns;
  printf("product %5d pixels x %4d -> %4d   own %6.1f   OpenBLAS, channels last %6.1f, first %6.1f GFLOP/s\n", rows,
         inner, columns, operations / ours, operations / last, operations / first);
  free(a), free(w), free(y), free(zero), free(packed);
}

// Depthwise 3x3, stride 1, on planes with a border already there: the friendliest case of channels first.
__attribute__((target("avx512f,avx512vl,fma,prefer-256-bit"))) static void planes(const float *in, const float *w,
                                                                                  float *out, int channels, int size) {
  const int wide = size + 2;
  for (int c = 0; c < channels; c++, in += wide * wide, out += size * size, w += 9)
    for (int y = 0; y < size; y++)
      for (int x = 0; x < size; x++) {
        const float *p = in + y * wide + x;
        out[y * size + x] = p[0] * w[0] + p[1] * w[1] + p[2] * w[2] + p[wide] * w[3] + p[wide + 1] * w[4] +
                            p[wide + 2] * w[5] + p[2 * wide] * w[6] + p[2 * wide + 1] * w[7] + p[2 * wide + 2] * w[8];
      }
}

static void depthwise(int size, int channels) {
  float *in = numbers((size_t)(size + 2) * (size_t)(size + 2) * (size_t)channels), *w = numbers((size_t)channels * 9);
  float *y = numbers((size_t)size * (size_t)size * (size_t)channels), *bias = numbers((size_t)channels);
  float *zero = calloc((size_t)(size + 2) * (size_t)channels, 4);
  vk_convolution c = {.input = in,
                      .zero = zero,
                      .weights = w,
                      .bias = bias,
                      .output = y,
                      .in_height = size,
                      .in_width = size,
                      .channels = channels,
                      .pixel_stride = channels,
                      .merged = 1,
                      .out_height = size,
                      .out_width = size,
                      .out_channels = channels,
                      .out_stride = channels,
                      .kernel_height = 3,
                      .kernel_width = 3,
                      .stride_height = 1,
                      .stride_width = 1,
                      .dilation_height = 1,
                      .dilation_width = 1,
                      .pad_top = 1,
                      .pad_left = 1};
  double last, first;
  MEDIAN(last, vk_depthwise(&c, 0, size));
  MEDIAN(first, planes(in, w, y, channels, size));
  const double operations = 18e-9 * size * size * channels;
  printf("depthwise 3x3 %3d x %3d x %3d        channels last %6.1f, first %6.1f GFLOP/s\n", size, size, channels,
         operations / last, operations / first);
  free(in), free(w), free(y), free(bias), free(zero);
}

int main(void) {
  setenv("OPENBLAS_NUM_THREADS", "1", 1);
  void *library = dlopen("libopenblas.so.0", RTLD_NOW);
  const sgemm multiply = library ? (sgemm)dlsym(library, "cblas_sgemm") : NULL;
  if (!multiply) return printf("no OpenBLAS here\n"), 1;
  const int products[][3] = {{16384, 16, 8},  {4096, 32, 16},  {4096, 16, 32},  {1024, 64, 128},    {256, 128, 128},
                             {196, 128, 512}, {196, 512, 128}, {49, 960, 160},  {49, 320, 1280},    {64, 97, 384},
                             {1, 512, 1434},  {1, 1280, 1000}, {512, 512, 512}, {1024, 1024, 1024}, {3136, 576, 128}};
  for (size_t i = 0; i < sizeof products / sizeof *products; i++)
    product(multiply, products[i][0], products[i][1], products[i][2]);
  const int pictures[][2] = {{128, 8}, {64, 16}, {56, 64}, {32, 32}, {28, 192}, {14, 512}, {7, 960}};
  for (size_t i = 0; i < sizeof pictures / sizeof *pictures; i++) depthwise(pictures[i][0], pictures[i][1]);
  return 0;
}
