// engine::Compressor by ISA-L's igzip, level 1: fifteen times as fast as zlib's level 6 for a tenth more bytes, and what cannot be made smaller is only
// copied. The header carries neither time nor name, the input is cut at fixed places: the same bytes in give the same bytes out.
#pragma once

#include "engine/ports.hpp"

namespace strates::adapters {

class IgzipCompressor final : public engine::Compressor {
 public:
  std::unique_ptr<ByteSource> gzip(ByteSource& from) override;
};

}  // namespace strates::adapters
