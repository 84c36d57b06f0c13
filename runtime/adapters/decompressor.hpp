// Takes compression away and nothing else: what comes out is byte for byte what was compressed, so that it can be hashed (a layer's diffID).
#pragma once

#include <memory>

#include "base/stream.hpp"

namespace strates::adapters {

// gzip, zstd, xz or bzip2, told by their first bytes; anything else passes through. `from` must outlive what is returned.
// codes archive.format, archive.truncated
Result<std::unique_ptr<ByteSource>> open_decompressed(ByteSource& from);

}  // namespace strates::adapters
