// What `docker save` gives: images as one tar, in the layout of Docker 20.10 (image/tarexport/save.go, told in words).
#pragma once

#include "base/stream.hpp"

namespace strates::engine {

// Made by Engine::save_images, which has checked every name; the bytes are written later, while layers are read from the store.
class ImageArchive {
 public:
  virtual ~ImageArchive() = default;
  // Once, from any thread. An image removed meanwhile is code blob.not-found: what was written is then no archive.
  virtual Result<void> write(ByteSink& to) = 0;
};

}  // namespace strates::engine
