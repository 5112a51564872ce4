#include "domains/puzzles/windows.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace mlsearch {
namespace {

constexpr std::int64_t kGrain = 2048;  // states of some tens of nanoseconds each

// A plain loop, which compilers turn into vector instructions, unlike std::max_element.
std::uint8_t largest(const std::uint8_t* row, std::size_t num_bytes) {
  std::uint8_t found = 0;
  for (std::size_t i = 0; i < num_bytes; ++i) found = std::max(found, row[i]);
  return found;
}

}  // namespace

Windows::Windows(const std::int32_t* places, const std::int32_t* tables, std::size_t num_windows,
                 std::size_t radix)
    : tables_(tables), radix_(radix), places_(num_windows) {
  for (Places& place : places_) {
    std::copy_n(places, kPlaces, place.begin());
    places += kPlaces;
  }
}

void Windows::numbers(const std::uint8_t* states, std::int64_t count, std::size_t num_bytes,
                      std::int32_t* out, const Execution& execution) const {
  const std::size_t num_windows = places_.size();
  const std::size_t size = radix_ * radix_ * radix_;
  parallel_for(count, kGrain, execution, [&](std::int64_t begin, std::int64_t end, StopToken&) {
    for (std::int64_t state = begin; state < end; ++state) {
      const std::uint8_t* const row = states + static_cast<std::size_t>(state) * num_bytes;
      std::int32_t* to = out + static_cast<std::size_t>(state) * num_windows;
      if (largest(row, num_bytes) >= radix_) {
        throw std::invalid_argument("states: expected 0 to " + std::to_string(radix_ - 1) +
                                    " in state " + std::to_string(state));
      }
      const std::int32_t* table = tables_;
      for (const Places& place : places_) {
        const std::size_t number =
            row[place[0]] + radix_ * (row[place[1]] + radix_ * row[place[2]]);
        *to++ = table[number];
        table += size;
      }
    }
  });
}

}  // namespace mlsearch
