// COPY and ADD: which entries they take, of the context, of an image or of what was downloaded; their common checksum; how they land in the image.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "build/instruction.hpp"
#include "engine/copy_tree.hpp"

namespace strates::engine {

struct CopySource {
  const CopyTree* tree = nullptr;
  std::string path;      // as asked, without a leading "/" or "./"
  std::string resolved;  // in the tree, links followed; "" is its root
  std::string hash;      // "file:<hex>" or "dir:<hex>", as in the image's history
  bool directory = false;
  bool unpack = false;   // ADD: an archive of the context is unpacked, one that was downloaded is not
};

struct CopyPlan {
  std::vector<CopySource> sources;
  std::string hash;                          // of all: one source's own, or "multi:<hex>"
  std::map<std::string, std::string> files;  // checksum of each entry taken, by its path in its tree
};

// Where each source of an instruction is: the context's tree or an image's for a path, a downloaded file's tree for a URL.
struct CopyInput {
  CopyTree* tree = nullptr;
  std::string path;
  bool downloaded = false;
};

// Errors with Docker's sentences, code build.copy: "COPY failed: file not found in build context or excluded by .dockerignore: stat x: file
// does not exist", "COPY failed: forbidden path outside the build context: ../x ()", "COPY failed: no source files were specified".
Result<CopyPlan> plan_copy(const build::Copy& copy, const std::vector<CopyInput>& inputs, Hasher& hasher);

// Puts what the plan takes into a container's files: owned by root, or by copy.chown; with copy.from and no chown, by whom it was. Relative
// destinations start at `working_dir`. Archives of ADD are unpacked as they are, owners included.
// What comes back, where it can be told, is the layer that this makes, and then nothing was written: writing the files into the container, to read them back
// for the layer's archive, would be twice the work. It reads the plan's trees. Null: all is written.
Result<std::unique_ptr<image::LayerReader>> perform_copy(const build::Copy& copy, const CopyPlan& plan, ArchiveReader& archives, TreeEditor& editor,
                                                         const std::string& working_dir, const CopyTree::Cancelled& cancelled);

// Makes a directory with its missing parents, all with the same attributes; symbolic links on the way are followed inside the root.
// code build.not-a-directory when something else is there.
Result<void> ensure_directory(TreeEditor& editor, const std::string& path, const image::EntryMeta& meta);

}  // namespace strates::engine
