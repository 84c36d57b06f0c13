// Pictures as PNG files (W3C "Portable Network Graphics", third edition), by libpng. The same picture gives the same bytes: no time, no comment.
#pragma once

#include <string>

#include "base/result.hpp"
#include "viewer/app/pixels.hpp"

namespace strates::viewer {

constexpr int kLargestPictureSide = 8192;
constexpr long kMostPicturePoints = 1l << 25;  // 8K UHD

// The bytes of a PNG: 8 bits a channel, without alpha, marked sRGB. code png.write.
Result<std::string> encode_png(const Pixels& pixels);
// At most 8192 points a side and 2^25 in all; a broken, cut or larger one is refused before memory is taken for it. code png.broken, png.size.
Result<Pixels> decode_png(const std::string& bytes);

// Written beside `path` under another name, made durable, then renamed: `path` holds the old picture or the new one, never a part.
// code io.* of the failed operation.
Result<void> write_png(const std::string& path, const Pixels& pixels);
// Files up to 64 MiB. code png.broken, png.size, io.*.
Result<Pixels> read_png(const std::string& path);

}  // namespace strates::viewer
