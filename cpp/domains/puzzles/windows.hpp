// What states show at some places: the numbers of colours that lie side by side.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/parallel.hpp"

namespace mlsearch {

// Windows of three bytes each. A window shows a + radix * b + radix^2 * c, where a, b and c are
// the bytes at its places; its table, of radix^3 entries, says which number that is.
class Windows {
 public:
  static constexpr std::size_t kPlaces = 3;

  // places: [num_windows, 3], below num_bytes and 2^16; tables: [num_windows, radix^3].
  Windows(const std::int32_t* places, const std::int32_t* tables, std::size_t num_windows,
          std::size_t radix);

  // The numbers [count, num_windows] of states [count, num_bytes]. Throws std::invalid_argument,
  // which names the first state with a byte of radix or more.
  void numbers(const std::uint8_t* states, std::int64_t count, std::size_t num_bytes,
               std::int32_t* out, const Execution& execution) const;

 private:
  using Places = std::array<std::uint16_t, kPlaces>;

  const std::int32_t* tables_;
  std::size_t radix_;
  std::vector<Places> places_;
};

}  // namespace mlsearch
