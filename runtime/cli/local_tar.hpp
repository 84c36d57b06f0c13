// Packs local files into a tar and unpacks one, as `docker cp` does on the client's side.
#pragma once

#include <functional>
#include <string>

#include "base/stream.hpp"
#include "image/layer.hpp"

namespace strates::cli {

// Entry names as they are to be in the archive, from names relative to the packed directory ("src", "src/a").
using Rename = std::function<std::string(const std::string&)>;

// `base` in `directory` with all below it, owners, modes and times kept; "." packs what is in the directory, as "." and "./a".
Result<void> pack_local(const std::string& directory, const std::string& base, const Rename& rename, ByteSink& to);

// Below `directory`, owned by whoever runs this, modes and times kept. An archive that would leave it is refused with Docker's sentences: "invalid symlink
// \"x\" -> \"../../y\"", "\"../x\" is outside of \"/d\"". No link that lies there already is followed. A directory is not replaced by a file nor a file by a directory.
Result<void> unpack_local(image::LayerReader& archive, const std::string& directory, const Rename& rename);

}  // namespace strates::cli
