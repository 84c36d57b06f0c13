// A layer's tar, made while it is read: for whoever wants bytes where entries are.
#pragma once

#include <memory>

#include "image/layer.hpp"

namespace strates::image {

// Entries in layer_path_less order, as TarWriter wants them; its codes, and those of the entries. Holds a few hundred KiB at most.
class TarSource final : public ByteSource {
 public:
  TarSource(std::shared_ptr<LayerReader> entries, TarOptions options) : entries_(std::move(entries)), writer_(ready_, options) {}
  Result<size_t> read(std::span<char> buffer) override;

 private:
  Result<void> fill();

  std::shared_ptr<LayerReader> entries_;
  StringSink ready_;
  size_t given_ = 0;  // of `ready_`
  TarWriter writer_;
  bool ended_ = false;
};

}  // namespace strates::image
