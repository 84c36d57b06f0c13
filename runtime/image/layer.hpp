// What a layer holds: entries of a tar, in the order of their paths (OCI image-spec, layer.md).
//
// Paths are relative to the root, without leading or trailing slash: "etc/motd". Deletions are whiteouts: "etc/.wh.motd" hides etc/motd,
// "etc/.wh..wh..opq" hides all that lower layers have in etc.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/names.hpp"
#include "base/stream.hpp"

namespace strates::image {

enum class EntryType { File, Directory, Symlink, HardLink, CharDevice, BlockDevice, Fifo };

struct EntryMeta {
  EntryType type = EntryType::File;
  std::uint32_t mode = 0644;  // permission bits with setuid, setgid and sticky: at most 07777
  std::uint32_t uid = 0, gid = 0;
  Nanos mtime = 0;
  std::uint64_t size = 0;                     // files only
  std::string link_target;                    // symlinks: as written; hard links: the path of the first name in this layer
  std::uint32_t device_major = 0, device_minor = 0;
  std::map<std::string, std::string> xattrs;  // "security.capability" -> raw bytes; never trusted.overlay.*
  bool operator==(const EntryMeta&) const = default;
};

// What an entry adds to the size of its layer, as Docker counts (pkg/directory/directory_unix.go): a file its bytes, a symbolic link its text; a further name of
// a file, a directory and the rest nothing.
inline std::uint64_t counted_bytes(const EntryMeta& meta) {
  if (meta.type == EntryType::File) return meta.size;
  return meta.type == EntryType::Symlink ? meta.link_target.size() : 0;
}

struct LayerEntry {
  std::string path;
  EntryMeta meta;
};

constexpr std::string_view kWhiteoutPrefix = ".wh.";
constexpr std::string_view kOpaqueMarker = ".wh..wh..opq";

// The entries of one layer, one after another. `content` is valid for the entry that `next` returned last, files only.
class LayerReader {
 public:
  virtual ~LayerReader() = default;
  virtual Result<std::optional<LayerEntry>> next() = 0;
  virtual Result<ByteSource*> content() = 0;
};

// Compares paths as the writer orders them: component by component, so that a directory precedes what it holds.
bool layer_path_less(std::string_view a, std::string_view b);

struct TarOptions {
  // Modification times after this are set to it (SOURCE_DATE_EPOCH, reproducible-builds.org); none: kept, to the second.
  std::optional<Nanos> clamp_mtime;
};

// Writes one layer as ustar with pax headers only where ustar cannot say it. The same entries give the same bytes, in both worlds.
// Entries must come in layer_path_less order. An empty layer is 1,024 zero bytes, whose digest is Docker's empty layer.
//
// codes: tar.order     not after the entry before, or twice the same path     tar.path    not a clean relative path
//        tar.size      content shorter or longer than meta.size               tar.link    a hard link that does not name an earlier path
//        tar.content   content given for what is no file                      tar.field   a mode, device number or attribute a tar cannot say
//        tar.finished  after `finish`, or after an error: what was written is then no tar
class TarWriter {
 public:
  TarWriter(ByteSink& to, TarOptions options) : to_(to), options_(options) {}
  // content: exactly meta.size bytes for files (fewer or more: code tar.size), null otherwise.
  Result<void> add(const LayerEntry& entry, ByteSource* content);
  // The same in pieces: `begin`, for a file `pass` until its bytes are all there, then the next `begin` or `finish`.
  Result<void> begin(const LayerEntry& entry);
  Result<void> pass(std::string_view bytes);
  std::uint64_t missing() const { return left_; }  // bytes of the entry's content still to be passed
  Result<void> finish();

 private:
  enum class State { Open, Finished, Broken };

  Result<void> check(const LayerEntry& entry) const;
  Result<void> refuse_size(std::string_view cause);
  Result<void> end_entry();

  ByteSink& to_;
  TarOptions options_;
  std::string last_path_;
  std::uint64_t left_ = 0, padding_ = 0;
  State state_ = State::Open;
};

constexpr std::string_view kEmptyLayerDiffId = "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef";

// ChainID of a stack (OCI image-spec, config.md): the first layer's is its diffID, then sha256(parent + " " + diffID).
class ChainHasher {
 public:
  virtual ~ChainHasher() = default;
  virtual std::string sha256_hex(std::string_view bytes) = 0;
};

// `parent` absent or empty: the layer is the lowest.
ChainId chain_id(const std::optional<ChainId>& parent, const DiffId& diff_id, ChainHasher& hasher);

}  // namespace strates::image
