// Where the letters come from: the DejaVu family, as Debian installs it. One folder is searched, and one error names what it lacks.
#pragma once

#include <string>

#include "base/result.hpp"

namespace strates::viewer {

struct FontFiles {
  std::string sans, bold, oblique, mono;  // paths
};

// In the folder STRATES_FONTS names, else in /usr/share/fonts/truetype/dejavu.
// code font.missing: the folder or one of the four files is not there; the advice names the packages.
Result<FontFiles> find_fonts();

// The bytes of a font file, 16 MiB at most. code font.missing, font.unusable: not a regular file, empty or larger.
Result<std::string> read_font(const std::string& path);

}  // namespace strates::viewer
