// Reads tars that come from outside, by libarchive: every dialect (ustar, pax, GNU, v7), plain or compressed by gzip, zstd, xz or bzip2.
//
// What it gives is clean: paths are relative, without ".", ".." or doubled slashes, as raw bytes. The entry of the root itself ("./") is skipped.
// An empty stream is an empty archive, as in Docker; any other stream must end with a tar's end marker. What follows the marker is not looked at: who
// needs a digest of the whole stream reads it to its end.
//
// codes: archive.format     not a tar, or damaged          archive.truncated  the stream ends too early
//        archive.escape     ".." in a path or hard link    archive.path       a name too long
//        archive.type       a socket or an unknown type    archive.owner      a user or group that is no 32-bit number
//        archive.link       a link to nothing              archive.too-large  a bound of ArchiveLimits is passed
//        archive.whiteout   a whiteout of "", "." or ".."  archive.no-content `content` asked of what is no file
// The source's own errors come through unchanged. After an error, the reader only repeats it.
//
// Extended attributes named trusted.overlay.* or user.overlay.* are dropped: they are orders to overlayfs, not content, and would let an archive
// show files from elsewhere.
#pragma once

#include "engine/ports.hpp"

namespace strates::adapters {

struct ArchiveLimits {
  std::uint64_t entries = 4'000'000;
  std::uint64_t bytes = std::uint64_t{256} << 30;  // of all files together, as their headers say
  size_t path_bytes = 4096, name_bytes = 255;      // PATH_MAX, NAME_MAX
  size_t xattr_bytes = 256 << 10;                  // of one entry, names and values
};

class LibarchiveReader : public engine::ArchiveReader {
 public:
  explicit LibarchiveReader(ArchiveLimits limits = {}) : limits_(limits) {}
  // Any thread; the reader it gives is for one.
  Result<std::unique_ptr<image::LayerReader>> open(ByteSource& from) override;

 private:
  ArchiveLimits limits_;
};

}  // namespace strates::adapters
