// How OverlaySnapshots gets layers: from an archive (import_layer) and from a writable layer (commit).
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <utility>

#include "adapters/decompressor.hpp"
#include "linux/snapshot/layer_unpack.hpp"
#include "linux/snapshot/overlay_snapshots.hpp"
#include "linux/snapshot/temporary_directory.hpp"
#include "linux/snapshot/tree_reader.hpp"
#include "linux/snapshot/upper_copy.hpp"
#include "linux/snapshot/upper_settle.hpp"

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

LayerInfo nothing_on(const std::optional<ChainId>& parent) {
  LayerInfo nothing;
  nothing.diff_id = DiffId(std::string(image::kEmptyLayerDiffId));
  if (parent) nothing.chain_id = *parent;
  return nothing;
}

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

// Counts who makes layers: between a layer's bytes and its record nobody may take the bytes for left over.
class OverlaySnapshots::Making {
 public:
  explicit Making(OverlaySnapshots& store) : store_(store) {
    const std::lock_guard lock(store_.mutex_);
    ++store_.makers_;
  }
  Making(const Making&) = delete;
  Making& operator=(const Making&) = delete;
  ~Making() {
    const std::lock_guard lock(store_.mutex_);
    --store_.makers_;
  }

 private:
  OverlaySnapshots& store_;
};

// Holds the parent while a layer is put on it, with the directories below.
class OverlaySnapshots::Standing {
 public:
  static Result<Standing> on(OverlaySnapshots& store, const std::optional<ChainId>& parent) {
    const std::lock_guard lock(store.mutex_);
    if (parent && store.layers_.count(*parent) == 0) return no_layer(*parent);
    return Standing(store, parent);
  }
  Standing(Standing&& other) noexcept : store_(std::exchange(other.store_, nullptr)), parents_(std::move(other.parents_)), below_(std::move(other.below_)) {}
  Standing& operator=(Standing&&) = delete;
  ~Standing() {
    if (store_ == nullptr) return;
    const std::lock_guard lock(store_->mutex_);
    store_->pin(parents_, -1);
  }
  Result<MergedDir> image() const { return MergedDir::open(below_); }

 private:
  Standing(OverlaySnapshots& store, const std::optional<ChainId>& parent) : store_(&store), below_(store.stack_below(parent)) {
    if (parent) parents_.push_back(*parent);
    store.pin(parents_, +1);
  }
  OverlaySnapshots* store_;
  std::vector<ChainId> parents_;
  std::vector<std::string> below_;
};

Result<LayerInfo> OverlaySnapshots::import_layer(const std::optional<ChainId>& parent, ByteSource& tar, const Emit& emit) {
  const Making making(*this);
  const Standing standing = TRY(Standing::on(*this, parent));
  TemporaryDirectory temporary = TRY(TemporaryDirectory::make(layers_fd_.get(), next_temporary()));
  const UniqueFd root = TRY(temporary.make_inside("diff"));
  auto blob = TRY(blobs_.create());
  auto plain = TRY(adapters::open_decompressed(tar));
  TeeSource bytes(*plain, *blob);
  LayerRecord record = TRY(unpack(bytes, root, TRY(standing.image())));
  record = named(std::move(record), parent, DiffId(TRY(blob->finish()).str()));
  const bool already = has_layer(record.info.chain_id);
  const LayerInfo info = TRY(keep(temporary, std::move(record)));
  if (already) emit(event::Image(event::LayerAlreadyPresent{info.chain_id, info.diff_id, info.bytes}));
  else emit(event::Image(event::LayerUnpacked{info.chain_id, info.diff_id, info.entries, info.bytes}));
  return info;
}

Result<LayerInfo> OverlaySnapshots::add_layer(const std::optional<ChainId>& parent, ByteSource& tar) {
  const Making making(*this);
  const Standing standing = TRY(Standing::on(*this, parent));
  auto blob = TRY(blobs_.create());
  TRY(copy_stream(tar, *blob));
  const Digest digest = TRY(blob->finish());
  const DiffId diff(digest.str());
  if (auto known = layer_info(image::chain_id(parent, diff, hasher_)); known.ok()) return known;
  const auto unpacked = [&]() -> Result<LayerInfo> {
    TemporaryDirectory temporary = TRY(TemporaryDirectory::make(layers_fd_.get(), next_temporary()));
    const UniqueFd root = TRY(temporary.make_inside("diff"));
    const auto bytes = TRY(blobs_.open(digest));
    return keep(temporary, named(TRY(unpack(*bytes, root, TRY(standing.image()))), parent, diff));
  };
  auto info = unpacked();
  if (!info.ok()) forget_bytes(digest);
  return info;
}

// Of a layer that could not be made. While somebody else makes one they may be his as well: then they stay, and the next start sweeps them.
void OverlaySnapshots::forget_bytes(const Digest& digest) {
  const std::lock_guard lock(mutex_);
  const bool used = std::any_of(layers_.begin(), layers_.end(), [&](const auto& layer) { return layer.second.info.diff_id.str() == digest.str(); });
  if (makers_ == 1 && !used) ignore(blobs_.remove(digest));
}

Result<LayerRecord> OverlaySnapshots::unpack(ByteSource& tar, const UniqueFd& root, const MergedDir& below) {
  const auto archive = TRY(archives_.open(tar));
  const UnpackCounts counts = TRY(LayerUnpack(root.get(), below).run(*archive));
  TRY(drain(tar));
  LayerRecord record;
  record.info.bytes = counts.bytes;
  record.info.entries = counts.entries;
  record.info.whiteouts = counts.whiteouts;
  return record;
}

LayerRecord OverlaySnapshots::named(LayerRecord record, const std::optional<ChainId>& parent, const DiffId& diff) {
  record.parent = parent;
  record.info.diff_id = diff;
  record.info.chain_id = image::chain_id(parent, diff, hasher_);
  return record;
}

// The tar of a finished directory of a layer, as a blob. No entries: nothing is kept.
Result<LayerRecord> OverlaySnapshots::write_layer(const UniqueFd& root, const std::optional<ChainId>& parent, const image::TarOptions& options) {
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
    record.info.bytes += image::counted_bytes(entry->meta);
    if (entry->path.substr(entry->path.rfind('/') + 1).starts_with(image::kWhiteoutPrefix)) ++record.info.whiteouts;
  }
  if (record.info.entries == 0) return record;
  TRY(writer.finish());
  return named(std::move(record), parent, DiffId(TRY(blob->finish()).str()));
}

// First a copy, then the tar of the copy: the container may write meanwhile, and the layer must be what its digest says.
Result<LayerInfo> OverlaySnapshots::commit(const SnapshotKey& key, const image::TarOptions& options) {
  const Making making(*this);
  const Opened opened = TRY(open_upper(key));
  const auto parent = opened.parent();
  if (!TRY(changed_upper(opened.upper.get(), opened.below, *opened.record.hidden))) return nothing_on(parent);
  TemporaryDirectory temporary = TRY(TemporaryDirectory::make(layers_fd_.get(), next_temporary()));
  const UniqueFd root = TRY(temporary.make_inside("diff"));
  TRY(copy_upper(opened.upper.get(), root.get(), opened.below, *opened.record.hidden, options));
  LayerRecord record = TRY(write_layer(root, parent, options));
  if (record.info.entries == 0) return nothing_on(parent);
  return keep(temporary, std::move(record));
}

namespace {

// A writable layer on its way into a layer's directory: it goes back unless the layer is kept.
class Moved {
 public:
  Moved(int from, std::string from_name, int to, std::string to_name) : from_(from), to_(to), from_name_(std::move(from_name)), to_name_(std::move(to_name)) {}
  Moved(const Moved&) = delete;
  Moved& operator=(const Moved&) = delete;
  ~Moved() {
    if (done_) ::renameat2(to_, to_name_.c_str(), from_, from_name_.c_str(), RENAME_NOREPLACE);
  }
  Result<void> go() {
    if (::renameat2(from_, from_name_.c_str(), to_, to_name_.c_str(), RENAME_NOREPLACE) != 0) return system_error("move writable layer", from_name_, errno);
    done_ = true;
    return success();
  }
  void stays() { done_ = false; }

 private:
  int from_, to_;
  std::string from_name_, to_name_;
  bool done_ = false;
};

}  // namespace

Result<LayerInfo> OverlaySnapshots::take(const SnapshotKey& key, const image::TarOptions& options) {
  // What is mounted can still be written to: a copy, then.
  if (!TRY(is_unused(key))) return commit(key, options);
  const Making making(*this);
  const Opened opened = TRY(open_upper(key));
  const auto parent = opened.parent();
  if (!TRY(changed_upper(opened.upper.get(), opened.below, *opened.record.hidden))) return nothing_on(parent);
  const UniqueFd snapshot = TRY(open_directory_at(snapshots_fd_.get(), key.str()));
  TemporaryDirectory temporary = TRY(TemporaryDirectory::make(layers_fd_.get(), next_temporary()));
  Moved moved(snapshot.get(), "upper", temporary.fd(), "diff");
  TRY(moved.go());
  TRY(settle_upper(opened.upper.get(), opened.below, *opened.record.hidden, options));
  LayerRecord record = TRY(write_layer(opened.upper, parent, options));
  if (record.info.entries == 0) return nothing_on(parent);
  // As a layer that is unpacked has it: no archive speaks of its root. The time stays: a container's / shows it.
  if (::fchown(opened.upper.get(), 0, 0) != 0 || ::fchmod(opened.upper.get(), 0755) != 0) return system_error("set owner and mode of", "diff", errno);
  auto kept = keep(temporary, std::move(record));
  if (!kept.ok()) return kept;
  moved.stays();
  TRY(give_upper(key.str(), opened.record));
  return kept;
}

}  // namespace strates::linux_world
