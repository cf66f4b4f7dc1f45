// Sums, normalization and softmax of rows of numbers that lie side by side.
#pragma once
#include <stddef.h>

#include "nullability.h"

// out[row] = factor * sum of in[row][0..<width].
void vk_sum_rows(const float *_Nonnull in, size_t rows, size_t width, float factor, float *_Nonnull out);

// out[column] = factor * sum over rows of in[row][column].
void vk_sum_columns(const float *_Nonnull in, size_t rows, size_t width, float factor, float *_Nonnull out);

// (x - mean) / sqrt(variance + epsilon) * gamma + beta over each row; gamma and beta (`width` numbers) may be null.
void vk_layer_norm(const float *_Nonnull in, size_t rows, size_t width, const float *_Nullable gamma,
                   const float *_Nullable beta, float epsilon, float *_Nonnull out);

// out = min(max(in * scale + shift, low), high) in rows of `width` numbers, each column with its own scale and shift.
void vk_affine(const float *_Nonnull in, size_t rows, size_t width, const float *_Nonnull scale,
               const float *_Nonnull shift, float low, float high, float *_Nonnull out);

// x/2 (1 + erf(x / sqrt 2)).
void vk_gelu(const float *_Nonnull in, size_t count, float *_Nonnull out);

// One step of an LSTM: gates a + b in the order i o f c, `units` each; cell = f cell + i tanh(c), state = o tanh(cell).
void vk_lstm_step(const float *_Nonnull a, const float *_Nonnull b, size_t units, float *_Nonnull state,
                  float *_Nonnull cell);

// One step of a GRU whose reset gate acts on the product with the state: z, r = a + b, then tanh(a + r b) in a third
// part; state = (1 - z) of that + z state.
void vk_gru_step(const float *_Nonnull a, const float *_Nonnull b, size_t units, float *_Nonnull state);

// exp(x - max) / sum over each row.
void vk_softmax(const float *_Nonnull in, size_t rows, size_t width, float *_Nonnull out);
