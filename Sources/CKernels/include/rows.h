// Sums, normalization and softmax of rows of numbers that lie side by side.
#pragma once
#include <stddef.h>

// out[row] = factor * sum of in[row][0..<width].
void vk_sum_rows(const float *_Nonnull in, size_t rows, size_t width, float factor, float *_Nonnull out);

// out[column] = factor * sum over rows of in[row][column].
void vk_sum_columns(const float *_Nonnull in, size_t rows, size_t width, float factor, float *_Nonnull out);

// (x - mean) / sqrt(variance + epsilon) * gamma + beta over each row; gamma and beta (`width` numbers) may be null.
void vk_layer_norm(const float *_Nonnull in, size_t rows, size_t width, const float *_Nullable gamma,
                   const float *_Nullable beta, float epsilon, float *_Nonnull out);

// exp(x - max) / sum over each row.
void vk_softmax(const float *_Nonnull in, size_t rows, size_t width, float *_Nonnull out);
