// Downloads the layers of an image side by side and unpacks them one on the other, each as soon as what it stands on is there.
//
// The layer whose turn it is goes straight from the connection into the unpacker; those that come before their turn wait in a spool. Nothing that is not
// whole and right is kept: a layer's bytes are verified at their end, before the layer gets its name.
#pragma once

#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/engine.hpp"
#include "engine/ports.hpp"
#include "image/manifest.hpp"
#include "registry/client/repository.hpp"

namespace strates::engine {

struct WantedLayer {
  image::Descriptor blob;
  DiffId diff_id;               // what the configuration says it unpacks to
  std::optional<ChainId> parent;
  ChainId chain;
  std::optional<std::uint64_t> present;  // it is here already, as many bytes large
};

class LayerFetch {
 public:
  LayerFetch(World& world, registry::Repository& repository, std::string registry, TransferOutput& output, Emit emit)
      : world_(world), repository_(repository), registry_(std::move(registry)), output_(output), emit_(std::move(emit)) {}

  // Their sizes, bottom first. Called without the engine's lock. On error the first one is told; what was unpacked by then is in `unpacked`.
  Result<std::vector<std::uint64_t>> run(const std::vector<WantedLayer>& layers);
  struct Unpacked {
    ChainId chain;
    DiffId diff_id;
    bool fresh = false;
  };
  const std::vector<Unpacked>& unpacked() const { return unpacked_; }
  // One failed, or nobody waits: what is still under way is to end. Any thread.
  bool stopped();

 private:
  struct Progress {
    std::shared_ptr<Spool> spool;  // downloaded before its turn
    std::uint64_t bytes = 0;
  };

  // The same bytes may be several layers of an image: the first that is not here downloads them and is told of, the others unpack them as well.
  size_t first_of(size_t index) const;
  bool is_first(size_t index) const { return first_of(index) == index; }
  std::vector<size_t> wanted_by(size_t index) const;
  void fetch(size_t index);
  void unpack_ready();
  Result<std::unique_ptr<ByteSource>> open(size_t index);
  Result<void> unpack(size_t index, ByteSource& bytes);
  Result<void> download_and_unpack(size_t index);
  Result<std::shared_ptr<Spool>> download(size_t index);
  void fail(Error error);
  std::string id(size_t index) const { return short_id(layers_[index].blob.digest.str()); }

  World& world_;
  registry::Repository& repository_;
  const std::string registry_;
  TransferOutput& output_;
  const Emit emit_;

  std::vector<WantedLayer> layers_;
  std::vector<Progress> progress_;
  std::vector<Unpacked> unpacked_;
  std::mutex mutex_;
  size_t turn_ = 0;         // the layer that is to be unpacked next
  bool unpacking_ = false;  // somebody does
  std::optional<Error> failed_;
};

}  // namespace strates::engine
