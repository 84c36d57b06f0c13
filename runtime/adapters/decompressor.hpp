// Takes compression away and nothing else: what comes out is byte for byte what was compressed, so that it can be hashed (a layer's diffID).
#pragma once

#include <cstdint>
#include <memory>

#include "base/stream.hpp"

namespace strates::adapters {

// gzip, zstd, xz or bzip2, told by their first bytes; anything else passes through. `from` must outlive what is returned.
// At most kMostUnpacked bytes come out. codes archive.format, archive.truncated, archive.size
Result<std::unique_ptr<ByteSource>> open_decompressed(ByteSource& from);
constexpr std::uint64_t kMostUnpacked = std::uint64_t{64} << 30;
// The same with a bound of the caller's, in bytes.
Result<std::unique_ptr<ByteSource>> open_decompressed_up_to(ByteSource& from, std::uint64_t most);

}  // namespace strates::adapters
