// Asking for memory before it is needed.
#pragma once

#include <algorithm>
#include <cstdint>

namespace mlsearch {

// Asks for the memory of `count` values from `values` on, for the first 4 KiB of them at most.
template <class T>
inline void prefetch([[maybe_unused]] const T* values, [[maybe_unused]] std::int64_t count) {
#if defined(__GNUC__) || defined(__clang__)
  const char* const begin = reinterpret_cast<const char*>(values);
  const std::int64_t size = std::min<std::int64_t>(count * std::int64_t{sizeof(T)}, 4096);
  for (std::int64_t i = 0; i < size; i += 64) __builtin_prefetch(begin + i);
#endif
}

}  // namespace mlsearch
