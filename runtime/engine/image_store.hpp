// The images of one engine: records, references and layers in use, kept in the world's metadata; configurations and manifests in its blobs.
//
// Not thread-safe: the engine's lock is held around every call. A change is durable when the call returns.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/engine.hpp"
#include "engine/ports.hpp"

namespace strates::engine {

// What the builder keeps beside an image (BuildHost::keep_note); it goes with the image.
constexpr std::string_view kNotesBucket = "notes";

class ImageStore {
 public:
  explicit ImageStore(World& world) : world_(world) {}

  // Reads what the metadata holds; drops records whose configuration is missing.
  Result<void> load();

  const ImageRecord* get(const ImageId& id) const;
  // A reference, a full id or an unambiguous prefix of one. Docker's sentences: "No such image: x:latest", "invalid reference format".
  Result<ImageId> find(const std::string& name) const;
  std::vector<ImageId> all() const;  // newest first
  std::vector<ImageId> children_of(const ImageId& parent) const;  // newest first; empty parent: those without

  // Keeps a configuration (its bytes decide the id) and a manifest. An image that exists already is returned as it is.
  Result<ImageId> add(const image::ImageConfig& config, const ImageId& parent, const std::vector<std::uint64_t>& layer_bytes);
  // The same of a configuration that came from elsewhere: its bytes are kept to the letter, `config` is what they say.
  Result<ImageId> add_bytes(std::string_view bytes, const image::ImageConfig& config, const ImageId& parent, const std::vector<std::uint64_t>& layer_bytes);
  Result<void> set_parent(const ImageId& id, const ImageId& parent);
  // Moves the reference when another image has it; returns that image's id, empty when none had.
  Result<ImageId> set_reference(const std::string& canonical, const ImageId& id, Nanos now);
  Result<void> drop_reference(const std::string& canonical);
  // The record and its blobs; layers are the caller's to look at (layer_in_use).
  Result<void> erase(const ImageId& id);  // its layers and their bytes stay: whether others need them is not known here

  // The layers that a pull or a load counts on, before an image has them: in use like those of an image until they are released as often as held.
  void hold(const std::vector<DiffId>& diff_ids);
  void release(const std::vector<DiffId>& diff_ids);

  // By an image, or held.
  bool layer_in_use(const ChainId& layer) const;
  // How large an image says this layer is; none: no image has it.
  std::optional<std::uint64_t> bytes_of_layer(const ChainId& layer) const;
  bool blob_in_use(const Digest& blob) const;
  // Every chain of this configuration's layers, bottom first.
  std::vector<ChainId> chains(const std::vector<DiffId>& diff_ids) const;

 private:
  struct Kept {
    ImageRecord record;
    Digest manifest;
    std::uint64_t order = 0;  // creation order in this store: images of one second stay ordered
  };

  Result<void> write_index() const;
  std::string encode(const Kept& kept) const;

  World& world_;
  std::map<std::string, Kept> images_;               // by id
  std::map<std::string, std::string> references_;    // canonical -> id
  std::map<ChainId, size_t> held_layers_;            // how many hold it
  std::map<DiffId, size_t> held_blobs_;
  std::uint64_t last_order_ = 0;
};

}  // namespace strates::engine
