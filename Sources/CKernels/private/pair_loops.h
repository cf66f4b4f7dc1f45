// 1x1 convolutions to at most 8 output channels, where a register of 16 would be half empty: it holds 8 outputs' sums
// over even inputs between those over odd ones, so that one load of two inputs feeds it. Included after
// convolution_loops.h, for LANES == 16 only.

enum { PAIR_PIXELS = 12 };

// Sums of two pixels, even beside odd, to the 8 outputs of the first, then of the second.
INLINE vec pair_sums(vec first, vec second) {
  const __m512 even = _mm512_shuffle_ps((__m512)first, (__m512)second, 0x88);
  const __m512 odd = _mm512_shuffle_ps((__m512)first, (__m512)second, 0xDD);
  const __m512i order = _mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7);
  return (vec)_mm512_permutexvar_epi64(order, (__m512i)(even + odd));
}

// The first numbers of two rows of at most 8, as the halves of a register.
INLINE vec pair_rows(const float *first, const float *second, __mmask8 mask) {
  const __m512 low = _mm512_castps256_ps512(_mm256_maskz_loadu_ps(mask, first));
  return (vec)_mm512_insertf32x8(low, _mm256_maskz_loadu_ps(mask, second), 1);
}

// Two pixels' outputs to `place`, with all that follows a sum; the second only where `both`.
INLINE void pair_keep(const vk_convolution *c, vec sum, size_t pixel, int both, __mmask8 mask, vec slope) {
  if (c->residual) {
    const float *place = c->residual + pixel * (size_t)c->residual_stride;
    const __mmask8 some = (__mmask8)first_lanes((size_t)c->residual_channels) & mask;
    sum += pair_rows(place, both ? place + c->residual_stride : place, some);
  }
  if (c->activation == VK_THEN_CLAMP) sum = vclamp(sum, c->low, c->high);
  else if (c->activation == VK_THEN_SLOPE) sum = slope_tail(sum, slope);
  else if (c->activation != VK_THEN_NOTHING) sum = costly(c, sum);
  if (c->scale) sum *= pair_rows(c->scale, c->scale, mask);
  if (c->shift) sum += pair_rows(c->shift, c->shift, mask);
  float *out = c->output + pixel * (size_t)c->out_stride;
  if (both && mask == 0xFF && c->out_stride == 8) return store(out, sum);
  _mm256_mask_storeu_ps(out, mask, _mm512_castps512_ps256((__m512)sum));
  if (both) _mm256_mask_storeu_ps(out + c->out_stride, mask, _mm512_extractf32x8_ps((__m512)sum, 1));
}

// Two numbers, again and again.
INLINE vec two_inputs(const float *from) {
  double two;
  memcpy(&two, from, sizeof two);
  return (vec)_mm512_set1_pd(two);
}

// `count` pixels, at most PAIR_PIXELS; of fewer the last is read again for the missing ones.
INLINE void pair_tile(const vk_convolution *c, const float *first, ptrdiff_t step, int32_t count, size_t pixel,
                      __mmask8 mask, vec slope) {
  const float *packed = c->weights, *place[PAIR_PIXELS];
  for (int m = 0; m < PAIR_PIXELS; m++) place[m] = first + (m < count ? m : count - 1) * step;
  // Loads that run at the same time read the same line of the cache; see even_tile.
  vec sum[PAIR_PIXELS], more[PAIR_PIXELS];
  const vec bias = load(packed);
  UNROLL for (int m = 0; m < PAIR_PIXELS; m++) sum[m] = bias, more[m] = splat(0);
  packed += LANES;
  const ptrdiff_t channels = c->channels;
  ptrdiff_t k = 0;
  for (; k + 4 <= channels; k += 4, packed += 2 * LANES) {
    const vec w = load(packed), x = load(packed + LANES);
    UNROLL for (int m = 0; m < PAIR_PIXELS; m++) {
      sum[m] += two_inputs(place[m] + k) * w;
      more[m] += two_inputs(place[m] + k + 2) * x;
    }
  }
  if (k < channels) {
    const vec w = load(packed);
    UNROLL for (int m = 0; m < PAIR_PIXELS; m++) sum[m] += two_inputs(place[m] + k) * w;
  }
  UNROLL for (int m = 0; m < PAIR_PIXELS; m++) sum[m] += more[m];
  for (int m = 0; m < PAIR_PIXELS; m += 2)
    if (m < count) pair_keep(c, pair_sums(sum[m], sum[m + 1]), pixel + (size_t)m, m + 1 < count, mask, slope);
}

static void convolve_pairs(const vk_convolution *c, int32_t begin, int32_t end) {
  const ptrdiff_t step = c->pixel_stride;
  const __mmask8 mask = (__mmask8)first_lanes((size_t)c->out_channels);
  const vec slope = c->slope ? pair_rows(c->slope, c->slope, mask) : splat(0);
  const float *first = c->input + begin * step;
  for (; end - begin >= PAIR_PIXELS; begin += PAIR_PIXELS, first += PAIR_PIXELS * step)
    pair_tile(c, first, step, PAIR_PIXELS, (size_t)begin, mask, slope);
  if (begin < end) pair_tile(c, first, step, end - begin, (size_t)begin, mask, slope);
}
