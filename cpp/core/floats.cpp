#include "core/floats.hpp"

#include <new>

namespace mlsearch {
namespace {

constexpr std::align_val_t kCacheLine{64};

}  // namespace

void FreeFloats::operator()(float* memory) const { ::operator delete[](memory, kCacheLine); }

Floats floats(std::int64_t number) {
  const auto bytes = static_cast<std::size_t>(number) * sizeof(float);
  return Floats(static_cast<float*>(::operator new[](bytes, kCacheLine)));
}

}  // namespace mlsearch
