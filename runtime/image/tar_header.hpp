// One entry's header as bytes: a ustar block, after a pax header where ustar cannot say it (POSIX.1-2008, pax, "ustar Interchange Format").
#pragma once

#include <string>

#include "image/layer.hpp"

namespace strates::image {

constexpr size_t kTarBlock = 512;

// `mtime_seconds` is what is written; meta.mtime is not looked at. `entry` was checked by TarWriter.
std::string tar_header(const LayerEntry& entry, std::int64_t mtime_seconds);
// Zeros up to the next block.
inline size_t tar_padding(std::uint64_t size) { return static_cast<size_t>((kTarBlock - size % kTarBlock) % kTarBlock); }

}  // namespace strates::image
