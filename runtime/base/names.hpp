// Strings that look alike are different types: a DiffId is not a ChainId. None converts to another.
#pragma once

#include <compare>
#include <functional>
#include <ostream>
#include <string>
#include <string_view>

namespace strates {

template <typename Tag>
class Named {
 public:
  Named() = default;
  explicit Named(std::string text) : text_(std::move(text)) {}
  const std::string& str() const { return text_; }
  bool empty() const { return text_.empty(); }
  auto operator<=>(const Named&) const = default;
  friend std::ostream& operator<<(std::ostream& out, const Named& name) { return out << name.text_; }

 private:
  std::string text_;
};

// "sha256:<64 hex>" of any blob (OCI image-spec, descriptor.md, "Digests").
using Digest = Named<struct DigestTag>;
// sha256 of a layer's uncompressed tar (OCI image-spec, config.md, "Layer DiffID").
using DiffId = Named<struct DiffIdTag>;
// sha256 over a stack of layers (OCI image-spec, config.md, "Layer ChainID").
using ChainId = Named<struct ChainIdTag>;
// sha256 of an image's configuration.
using ImageId = Named<struct ImageIdTag>;
// 64 hex digits, no prefix.
using ContainerId = Named<struct ContainerIdTag>;
using ExecId = Named<struct ExecIdTag>;
// Names a writable snapshot: a container's id, or one the builder made.
using SnapshotKey = Named<struct SnapshotKeyTag>;

// The 12 hex digits that Docker shows; accepts an id with or without "sha256:".
std::string short_id(std::string_view id);

}  // namespace strates

template <typename Tag>
struct std::hash<strates::Named<Tag>> {
  size_t operator()(const strates::Named<Tag>& name) const noexcept { return std::hash<std::string>{}(name.str()); }
};
