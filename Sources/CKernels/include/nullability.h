// Which pointers may be null: for Swift, which imports these headers through clang. Other compilers do not know the words.
#pragma once
#if !defined(__clang__) && !defined(_Nonnull)
#define _Nonnull
#define _Nullable
#endif
