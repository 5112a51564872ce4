// Memory for the arithmetic of networks.
#pragma once

#include <cstdint>
#include <memory>

namespace mlsearch {

struct FreeFloats {
  void operator()(float* memory) const;
};
using Floats = std::unique_ptr<float[], FreeFloats>;  // aligned to cache lines, not initialized

Floats floats(std::int64_t number);

// Memory that is used again and grows when more is asked for than ever before.
class Workspace {
 public:
  // Not initialized. What was got before is no longer valid.
  float* get(std::int64_t number) {
    if (number > size_) {
      memory_ = floats(number);
      size_ = number;
    }
    return memory_.get();
  }
  [[nodiscard]] float* data() const { return memory_.get(); }

 private:
  Floats memory_;
  std::int64_t size_ = 0;
};

}  // namespace mlsearch
