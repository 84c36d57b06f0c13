// Is an image whole and consistent? One oracle for tests, graders and viewers: every blob is read and hashed, every statement compared with another.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/names.hpp"
#include "base/stream.hpp"

namespace strates::image {

// How the validator reaches the world. None may be empty.
struct ValidationTools {
  std::function<Result<std::unique_ptr<ByteSource>>(const Digest&)> open;                  // a blob
  std::function<Result<std::string>(ByteSource&)> sha256_hex;                              // of all it gives
  std::function<Result<std::unique_ptr<ByteSource>>(ByteSource&)> decompress;              // a layer's tar, whatever its compression
};

struct ImageProblem {
  std::string code;     // "blob.missing", "blob.digest", "blob.size", "manifest", "config", "layer.media-type", "layer.count", "layer.diff-id",
                        // "history.count", "index.nested"
  std::string object;   // the digest or the key it is about
  std::string words;    // what is wrong, in English, for developers
  bool operator==(const ImageProblem&) const = default;
};

// Everything that is wrong with the image whose manifest, or index of manifests, is `root`; empty when nothing is. Indexes hold at most one level
// of manifests. Errors are the reader's own failures, not the image's.
Result<std::vector<ImageProblem>> validate_image(const ValidationTools& tools, const Digest& root);

}  // namespace strates::image
