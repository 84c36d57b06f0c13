// Copies the entries of an archive into an empty tree: links stay links, names of one file stay one file, directories get their times last.
#pragma once

#include "engine/ports.hpp"

namespace strates::engine {

struct TreeFill {
  std::uint64_t files = 0, bytes = 0;  // everything but directories; the sizes of files
};

// `from`: as TreeEditor::archive gives it, the first entry the root itself.
Result<TreeFill> fill_tree(image::LayerReader& from, TreeEditor& to);

}  // namespace strates::engine
