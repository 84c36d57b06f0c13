// How OverlaySnapshots gets layers: from an archive (import_layer) and from a writable layer (commit).
#include <array>

#include "adapters/decompressor.hpp"
#include "linux/snapshot/layer_unpack.hpp"
#include "linux/snapshot/overlay_snapshots.hpp"
#include "linux/snapshot/temporary_directory.hpp"
#include "linux/snapshot/tree_reader.hpp"
#include "linux/snapshot/upper_copy.hpp"

namespace strates::linux_world {

namespace {

using engine::LayerInfo;

constexpr std::uint64_t kMostTrailing = std::uint64_t{1} << 30;  // zeros after a tar's end; tape blocks make some thousands

// What passes is also written to the sink.
class TeeSource : public ByteSource {
 public:
  TeeSource(ByteSource& from, ByteSink& copy) : from_(from), copy_(copy) {}
  Result<size_t> read(std::span<char> buffer) override {
    const size_t got = TRY(from_.read(buffer));
    if (got > 0) TRY(copy_.write({buffer.data(), got}));
    return got;
  }

 private:
  ByteSource& from_;
  ByteSink& copy_;
};

// The reader stops at the tar's end mark; the digest is of all bytes.
Result<void> drain(ByteSource& from) {
  std::array<char, 64 << 10> buffer;
  std::uint64_t seen = 0;
  for (;;) {
    const size_t got = TRY(from.read(buffer));
    if (got == 0) return success();
    if ((seen += got) > kMostTrailing) return make_error(ErrorKind::Invalid, "layer.too-large", "unpack layer", "", "more than 1 GiB follows the end of the archive");
  }
}

}  // namespace

Result<LayerInfo> OverlaySnapshots::import_layer(const std::optional<ChainId>& parent, ByteSource& tar, const Emit& emit) {
  std::vector<ChainId> stands_on;
  std::vector<std::string> below;
  {
    const std::lock_guard lock(mutex_);
    if (parent) {
      if (layers_.count(*parent) == 0) return no_layer(*parent);
      stands_on.push_back(*parent);
    }
    below = stack_below(parent);
    pin(stands_on, +1);
  }
  bool already = false;
  auto imported = [&]() -> Result<LayerInfo> {
    TemporaryDirectory temporary = TRY(TemporaryDirectory::make(layers_fd_.get(), next_temporary()));
    const UniqueFd root = TRY(temporary.make_inside("diff"));
    auto blob = TRY(blobs_.create());
    auto plain = TRY(adapters::open_decompressed(tar));
    TeeSource bytes(*plain, *blob);
    auto archive = TRY(archives_.open(bytes));
    const MergedDir image = TRY(MergedDir::open(below));
    const UnpackCounts counts = TRY(LayerUnpack(root.get(), image).run(*archive));
    TRY(drain(bytes));
    LayerRecord record;
    record.parent = parent;
    record.info.diff_id = DiffId(TRY(blob->finish()).str());
    record.info.chain_id = image::chain_id(parent, record.info.diff_id, hasher_);
    record.info.bytes = counts.bytes;
    record.info.entries = counts.entries;
    record.info.whiteouts = counts.whiteouts;
    already = has_layer(record.info.chain_id);
    return keep(temporary, std::move(record));
  }();
  {
    const std::lock_guard lock(mutex_);
    pin(stands_on, -1);
  }
  if (!imported.ok()) return imported;
  const LayerInfo& info = imported.value();
  if (already) emit(event::Image(event::LayerAlreadyPresent{info.chain_id, info.diff_id, info.bytes}));
  else emit(event::Image(event::LayerUnpacked{info.chain_id, info.diff_id, info.entries, info.bytes}));
  return imported;
}

// First a copy, then the tar of the copy: the container may write meanwhile, and the layer must be what its digest says.
Result<LayerInfo> OverlaySnapshots::commit(const SnapshotKey& key, const image::TarOptions& options) {
  const Opened opened = TRY(open_upper(key));
  std::optional<ChainId> parent;
  if (!opened.record.layers.empty()) parent = opened.record.layers.back();
  LayerInfo nothing;
  nothing.diff_id = DiffId(std::string(image::kEmptyLayerDiffId));
  if (parent) nothing.chain_id = *parent;
  if (TRY(diff_upper(opened.upper.get(), opened.below, opened.record.hidden)).empty()) return nothing;

  TemporaryDirectory temporary = TRY(TemporaryDirectory::make(layers_fd_.get(), next_temporary()));
  const UniqueFd root = TRY(temporary.make_inside("diff"));
  TRY(copy_upper(opened.upper.get(), root.get(), opened.below, opened.record.hidden, options));

  auto blob = TRY(blobs_.create());
  image::TarWriter writer(*blob, options);
  TreeReader entries(TRY(open_directory_at(root.get(), ".")), TreeForm::Layer, nullptr);
  LayerRecord record;
  for (;;) {
    const auto entry = TRY(entries.next());
    if (!entry) break;
    const bool file = entry->meta.type == image::EntryType::File;
    TRY(writer.add(*entry, file ? TRY(entries.content()) : nullptr));
    ++record.info.entries;
    record.info.bytes += entry->meta.size;
    if (entry->path.substr(entry->path.rfind('/') + 1).starts_with(image::kWhiteoutPrefix)) ++record.info.whiteouts;
  }
  if (record.info.entries == 0) return nothing;
  TRY(writer.finish());
  record.parent = parent;
  record.info.diff_id = DiffId(TRY(blob->finish()).str());
  record.info.chain_id = image::chain_id(parent, record.info.diff_id, hasher_);
  return keep(temporary, std::move(record));
}

}  // namespace strates::linux_world
