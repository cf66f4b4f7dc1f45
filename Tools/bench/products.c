// Times the matrix products of networks by this engine's kernels and by OpenBLAS, on one core, in turns; writes the table
// that Inference/Products plans by.
//
//   products ISA      one line a shape: ISA kind rows inner outputs own other ratio way; microseconds of processor time
//
// kind `layer`: a 1x1 convolution (rows are its pixels) or a fully connected layer, with a bias and a clamp: fused in ours, a
// pass of its own after SGEMM, whose weights lie as suits it (way: N inner x outputs, T outputs x inner; whole, or in
// blocks of rows as several threads would share it; V by SGEMV). The best way of OpenBLAS is taken, then both in turns.
// kind `run`: both matrices are computed at run time, so that ours packs the right one each time.
// OPENBLAS_CORETYPE must be set as OpenBLAS.swift sets it, before this starts; make bench-products does it.
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cblas.h>

#include "convolution.h"
#include "isa.h"
#include "private/kernels.h"

enum { ROUNDS = 9, BLOCK_PARTS = 8, BLOCK_ROWS = 48 };

static __typeof__(&cblas_sgemm) multiply;
static __typeof__(&cblas_sgemv) multiply_vector;

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return time.tv_sec * 1e6 + time.tv_nsec * 1e-3;
}

static float *numbers(size_t count) {
  float *all = aligned_alloc(64, (count * 4 + 191) / 64 * 64);
  for (size_t i = 0; i < count + 16; i++) all[i] = (float)(rand() % 2001 - 1000) / 1000;
  return all;
}

typedef struct {
  int rows, inner, outputs;
} shape;

typedef struct {
  vk_convolution description;
  const float *plain, *turned;  // inner x outputs, outputs x inner
  const float *bias;
  float *packed;  // of ours
} product;

static void own(const product *p) { vk_convolve(&p->description, 0, p->description.out_width); }

static void own_run(const product *p) {
  const size_t inner = (size_t)p->description.channels, outputs = (size_t)p->description.out_channels;
  const vk_stored_weights right = {
      .numbers = p->plain, .outputs = outputs, .taps = 1, .channels = inner, .channels_first = 1};
  vk_pack_stored(&right, 0, vk_panels(outputs), p->packed);
  vk_convolve(&p->description, 0, p->description.out_width);
}

// Bias and clamp, as the kernels do them in registers.
static void finish(const product *p, int first, int end) {
  const size_t outputs = (size_t)p->description.out_channels;
  const float *bias = p->bias;
  float *out = p->description.output + (size_t)first * outputs;
  for (int row = first; row < end; row++, out += outputs)
    for (size_t i = 0; i < outputs; i++) {
      const float x = out[i] + bias[i];
      out[i] = x < 0 ? 0 : x > 6 ? 6 : x;
    }
}

static void sums(const product *p, int block, int turned) {
  const vk_convolution c = p->description;
  const int rows = c.out_width, inner = c.channels, outputs = c.out_channels;
  for (int first = 0; first < rows; first += block) {
    const int count = rows - first < block ? rows - first : block;
    multiply(CblasRowMajor, CblasNoTrans, turned ? CblasTrans : CblasNoTrans, count, outputs, inner, 1,
             c.input + (size_t)first * inner, inner, turned ? p->turned : p->plain, turned ? inner : outputs, 0,
             c.output + (size_t)first * outputs, outputs);
    if (p->bias) finish(p, first, first + count);
  }
}

// Blocks that do not depend on the number of threads.
static int block_of(const product *p) {
  const int least = (p->description.out_width + BLOCK_PARTS - 1) / BLOCK_PARTS;
  return (least + BLOCK_ROWS - 1) / BLOCK_ROWS * BLOCK_ROWS;
}
static void plain_blocks(const product *p) { sums(p, block_of(p), 0); }
static void turned_blocks(const product *p) { sums(p, block_of(p), 1); }
static void plain_whole(const product *p) { sums(p, p->description.out_width, 0); }
static void turned_whole(const product *p) { sums(p, p->description.out_width, 1); }
static void vector(const product *p) {
  const vk_convolution c = p->description;
  multiply_vector(CblasRowMajor, CblasNoTrans, c.out_channels, c.channels, 1, p->turned, c.channels, c.input, 1, 0,
                  c.output, 1);
  finish(p, 0, 1);
}

static const struct {
  const char *name;
  void (*run)(const product *);
} ways[] = {{"N whole", plain_whole},
            {"T whole", turned_whole},
            {"N blocks", plain_blocks},
            {"T blocks", turned_blocks},
            {"V", vector}};

static int by_size(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double burst(void (*run)(const product *), const product *p, int runs) {
  const double start = now();
  for (int i = 0; i < runs; i++) run(p);
  return (now() - start) / runs;
}

static void compare(const char *set, const char *kind, const shape *s) {
  const int at_run_time = *kind == 'r';
  const size_t rows = (size_t)s->rows, inner = (size_t)s->inner, outputs = (size_t)s->outputs;
  float *in = numbers(rows * inner), *turned = numbers(inner * outputs), *plain = numbers(inner * outputs);
  float *bias = numbers(outputs), *packed = numbers(vk_packed_count(outputs, 1, inner)), *out = numbers(rows * outputs);
  float *zero = calloc(inner, sizeof(float));
  for (size_t n = 0; n < outputs; n++)
    for (size_t k = 0; k < inner; k++) turned[n * inner + k] = plain[k * outputs + n];
  product p = {.description = {.input = in, .weights = packed, .zero = zero, .output = out, .merged = 1, .high = 6},
               .plain = plain,
               .turned = turned,
               .bias = at_run_time ? NULL : bias,
               .packed = packed};
  vk_convolution *c = &p.description;
  c->in_height = c->out_height = 1, c->in_width = c->out_width = s->rows;
  c->channels = c->pixel_stride = s->inner, c->out_channels = c->out_stride = s->outputs;
  c->kernel_height = c->kernel_width = c->stride_height = c->stride_width = c->dilation_height = c->dilation_width = 1;
  c->activation = at_run_time ? VK_THEN_NOTHING : VK_THEN_CLAMP;
  if (!at_run_time && vk_paired(outputs, inner)) c->paired = 1, vk_pack_pairs(turned, bias, outputs, inner, packed);
  else vk_pack_weights(turned, bias, outputs, 1, inner, packed);
  void (*ours)(const product *) = at_run_time ? own_run : own;
  const double once = burst(ours, &p, 2);
  const int runs = once > 2000 ? 1 : (int)(2000 / once) + 1;
  // Blocks cost each their packing; one call is the better way where one thread has it all.
  size_t best = 0;
  double least = 1e30;
  for (size_t way = 0; way < (at_run_time ? 1 : s->rows == 1 ? 5 : 4); way++) {
    double time = 1e30;
    for (int round = 0; round < 3; round++) {
      const double next = burst(ways[way].run, &p, runs);
      time = next < time ? next : time;
    }
    if (time < least) least = time, best = way;
  }
  double times[2][ROUNDS], ratios[ROUNDS];
  for (int round = 0; round < ROUNDS; round++) {
    times[0][round] = burst(ours, &p, runs), times[1][round] = burst(ways[best].run, &p, runs);
    ratios[round] = times[0][round] / times[1][round];
  }
  qsort(times[0], ROUNDS, sizeof(double), by_size), qsort(times[1], ROUNDS, sizeof(double), by_size);
  qsort(ratios, ROUNDS, sizeof(double), by_size);
  printf("%s\t%s\t%d\t%d\t%d\t%.1f\t%.1f\t%.2f\t%s\n", set, kind, s->rows, s->inner, s->outputs, times[0][ROUNDS / 2],
         times[1][ROUNDS / 2], ratios[ROUNDS / 2], ways[best].name);
  fflush(stdout);
  free(in), free(turned), free(plain), free(bias), free(packed), free(out), free(zero);
}

int main(int count, char **arguments) {
  const char *set = count > 1 ? arguments[1] : vk_instruction_set();
  if (!vk_use_kernels(set)) return fprintf(stderr, "products: this processor has no %s\n", set), 1;
  void *library = dlopen("libopenblas.so.0", RTLD_NOW);
  multiply = library ? (__typeof__(multiply))dlsym(library, "cblas_sgemm") : NULL;
  multiply_vector = library ? (__typeof__(multiply_vector))dlsym(library, "cblas_sgemv") : NULL;
  void (*threads)(int) = library ? (void (*)(int))dlsym(library, "openblas_set_num_threads") : NULL;
  char *(*core)(void) = library ? (char *(*)(void))dlsym(library, "openblas_get_corename") : NULL;
  if (!multiply || !multiply_vector || !threads || !core)
    return fprintf(stderr, "products: OpenBLAS cannot be loaded\n"), 1;
  threads(1);
  // 1x1 convolutions and fully connected layers of the networks that Vigil runs, then of those in bench-engines; the last
  // are large, for machines where ours are slow.
  static const shape shapes[] = {{16384, 16, 8},   {16384, 8, 16},  {4096, 16, 32},  {4096, 24, 24},  {4096, 24, 32},
                                 {1024, 32, 64},   {1024, 48, 48},  {1024, 64, 32},  {256, 128, 64},  {256, 88, 88},
                                 {256, 64, 128},   {256, 96, 96},   {64, 96, 96},    {64, 128, 128},  {64, 192, 64},
                                 {196, 96, 576},   {196, 576, 96},  {49, 320, 1280}, {49, 960, 160},  {49, 160, 960},
                                 {1, 1280, 1000},  {1, 1152, 1404}, {96, 64, 384},   {97, 64, 64},    {64, 128, 512},
                                 {64, 512, 128},   {196, 256, 512}, {196, 512, 512}, {784, 128, 256}, {1024, 576, 64},
                                 {784, 1152, 128}, {196, 2304, 256}};
  // Products of attention and of what ONNX files multiply at run time.
  static const shape runs[] = {{64, 32, 64},  {64, 64, 32},   {96, 16, 96},   {97, 64, 97},   {8, 8, 8},
                               {16, 16, 16},  {16, 128, 16},  {32, 32, 32},   {49, 32, 49},   {49, 49, 32},
                               {1, 128, 512}, {197, 64, 197}, {197, 197, 64}, {256, 256, 256}};
  fprintf(stderr, "%s, OpenBLAS with its kernels for %s\n", set, core());
  if (count < 3)
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) compare(set, "layer", &shapes[i]);
  for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) compare(set, "run", &runs[i]);
}
