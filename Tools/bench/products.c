// Times one convolution three ways on one core: this engine's kernel (channels last, weights in panels, tail fused), and
// OpenBLAS with channels last and channels first: im2col where the kernel is larger than 1x1, SGEMM, then bias and
// clamping in a pass of their own. Processor time of the thread, best of the rounds; weights packed or laid out before.
//
//   make bench-products      OPENBLAS_CORETYPE chooses OpenBLAS's kernels; the version of Debian 12 needs SkylakeX on
//                            recent AMD cores.
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "convolution.h"

typedef void sgemm(int order, int ta, int tb, int m, int n, int k, float alpha, const float *a, int lda, const float *b,
                   int ldb, float beta, float *c, int ldc);
enum { ROW_MAJOR = 101, PLAIN = 111, TURNED = 112, ROUNDS = 60 };

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return time.tv_sec * 1e6 + time.tv_nsec * 1e-3;
}

static float *numbers(size_t count) {
  float *all = aligned_alloc(64, (count * 4 + 127) / 64 * 64);
  for (size_t i = 0; i < count + 16; i++) all[i] = (float)(rand() % 2001 - 1000) / 1000;
  return all;
}

typedef struct {
  int size, channels, kernel, outputs;
} shape;

// Stride 1, padding that keeps the size.
static void im2col(const shape *s, int first, const float *in, float *to) {
  const int pad = s->kernel / 2, n = s->size, c = s->channels;
  for (int y = 0; y < n; y++)
    for (int x = 0; x < n; x++)
      for (int ky = 0; ky < s->kernel; ky++)
        for (int kx = 0; kx < s->kernel; kx++) {
          const int iy = y + ky - pad, ix = x + kx - pad, tap = ky * s->kernel + kx;
          const int inside = iy >= 0 && ix >= 0 && iy < n && ix < n;
          if (first) {
            for (int k = 0; k < c; k++)
              to[((size_t)k * s->kernel * s->kernel + tap) * n * n + y * n + x] =
                  inside ? in[((size_t)k * n + iy) * n + ix] : 0;
          } else {
            float *place = to + (((size_t)y * n + x) * s->kernel * s->kernel + tap) * c;
            if (inside) memcpy(place, in + ((size_t)iy * n + ix) * c, sizeof(float) * c);
            else memset(place, 0, sizeof(float) * c);
          }
        }
}

static double blas(const shape *s, int first, sgemm *multiply, const float *in, const float *w, float *columns,
                   float *out) {
  const int pixels = s->size * s->size, inner = s->channels * s->kernel * s->kernel, outputs = s->outputs;
  double best = 1e30;
  for (int round = 0; round < ROUNDS; round++) {
    const double start = now();
    const float *rows = in;
    if (s->kernel > 1) im2col(s, first, in, columns), rows = columns;
    if (first) multiply(ROW_MAJOR, PLAIN, PLAIN, outputs, pixels, inner, 1, w, inner, rows, pixels, 0, out, pixels);
    else multiply(ROW_MAJOR, PLAIN, TURNED, pixels, outputs, inner, 1, rows, inner, w, inner, 0, out, outputs);
    for (size_t i = 0; i < (size_t)pixels * outputs; i++) {
      const float x = out[i] + 0.5f;
      out[i] = x < 0 ? 0 : x > 6 ? 6 : x;
    }
    const double time = now() - start;
    if (time < best) best = time;
  }
  return best;
}

static double own(const shape *s, const float *in, const float *packed, float *out) {
  static float zeros[4096];
  vk_convolution c = {.input = in, .weights = packed, .zero = zeros, .output = out, .merged = 1, .high = 6};
  c.in_height = c.in_width = c.out_height = c.out_width = s->size;
  c.channels = c.pixel_stride = s->channels, c.out_channels = c.out_stride = s->outputs;
  c.kernel_height = c.kernel_width = s->kernel, c.pad_top = c.pad_left = s->kernel / 2;
  c.stride_height = c.stride_width = c.dilation_height = c.dilation_width = 1;
  c.activation = VK_THEN_CLAMP;
  double best = 1e30;
  for (int round = 0; round < ROUNDS; round++) {
    const double start = now();
    vk_convolve(&c, 0, s->size * s->size);
    const double time = now() - start;
    if (time < best) best = time;
  }
  return best;
}

int main(void) {
  void *library = dlopen("libopenblas.so.0", RTLD_NOW);
  sgemm *multiply = library ? (sgemm *)dlsym(library, "cblas_sgemm") : NULL;
  void (*threads)(int) = library ? (void (*)(int))dlsym(library, "openblas_set_num_threads") : NULL;
  if (!multiply || !threads) return fprintf(stderr, "products: OpenBLAS cannot be loaded\n"), 1;
  threads(1);
  static const shape shapes[] = {{128, 16, 1, 8},   {128, 8, 1, 16},  {64, 16, 1, 32},   {64, 24, 1, 24},
                                 {32, 32, 1, 64},   {16, 128, 1, 64}, {14, 96, 1, 576},  {14, 576, 1, 96},
                                 {7, 320, 1, 1280}, {56, 64, 3, 64},  {28, 128, 3, 128}, {14, 256, 3, 256},
                                 {64, 16, 3, 16}};
  printf("microseconds (GFLOP/s)\n%-34s %18s %18s %18s\n", "convolution", "own, NHWC", "OpenBLAS, NHWC",
         "OpenBLAS, NCHW");
  for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
    const shape *s = &shapes[i];
    const size_t pixels = (size_t)s->size * s->size, taps = (size_t)s->kernel * s->kernel;
    float *in = numbers(pixels * s->channels), *w = numbers(taps * s->channels * s->outputs);
    float *packed = numbers(vk_packed_count(s->outputs, taps, s->channels)), *out = numbers(pixels * s->outputs);
    float *columns = numbers(pixels * taps * s->channels);
    vk_pack_weights(w, NULL, s->outputs, taps, s->channels, packed);
    const double operations = 2e-3 * pixels * taps * s->channels * s->outputs;
    const double times[] = {own(s, in, packed, out), blas(s, 0, multiply, in, w, columns, out),
                            blas(s, 1, multiply, in, w, columns, out)};
    printf("%dx%d, %3dx%3d, %4d to %4d channels", s->kernel, s->kernel, s->size, s->size, s->channels, s->outputs);
    for (int k = 0; k < 3; k++) printf("   %8.1f (%5.1f)", times[k], operations / times[k]);
    printf("\n");
    free(in), free(w), free(packed), free(out), free(columns);
  }
}
