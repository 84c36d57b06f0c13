// COPY: which entries of the context it takes, their common checksum, and how they land in the image.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "build/instruction.hpp"
#include "engine/builder_context.hpp"

namespace strates::engine {

struct CopySource {
  std::string path;      // as asked, without a leading "/" or "./"
  std::string resolved;  // in the context, links followed; "" is its root
  std::string hash;      // "file:<hex>" or "dir:<hex>", as in the image's history
  bool directory = false;
};

struct CopyPlan {
  std::vector<CopySource> sources;
  std::string hash;                          // of all: one source's own, or "multi:<hex>"
  std::map<std::string, std::string> files;  // checksum of each entry taken, by its path in the context
};

// Errors with Docker's sentences, code build.copy: "COPY failed: file not found in build context or excluded by .dockerignore: stat x: file
// does not exist", "COPY failed: forbidden path outside the build context: ../x ()", "COPY failed: no source files were specified".
Result<CopyPlan> plan_copy(const build::Copy& copy, const BuildContext& context, Hasher& hasher);

// Writes what the plan takes into a container's files: owned by root, or by copy.chown. Relative destinations start at `working_dir`.
Result<void> perform_copy(const build::Copy& copy, const CopyPlan& plan, const BuildContext& context, TreeEditor& editor,
                          const std::string& working_dir, const BuildContext::Cancelled& cancelled);

// Makes a directory with its missing parents, all with the same attributes; symbolic links on the way are followed inside the root.
// code build.not-a-directory when something else is there.
Result<void> ensure_directory(TreeEditor& editor, const std::string& path, const image::EntryMeta& meta);

}  // namespace strates::engine
