// Compose files as one document: read, refused or interpolated, written out, extended, included, merged, paths made absolute.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "compose/node.hpp"

namespace strates::compose {

// Where files come from: the model makes no system call.
class Files {
 public:
  virtual ~Files() = default;
  // code compose.no-file when it is not there.
  virtual Result<std::string> read(const std::string& path) = 0;
  virtual bool exists(const std::string& path) = 0;
};

using Environment = std::map<std::string, std::string, std::less<>>;

struct LoadOptions {
  std::vector<std::string> files;  // absolute, a later one on top of the earlier ones
  std::string working_dir;         // absolute: relative paths in these files begin here
  std::string home;                // of "~"
  Environment environment;         // for ${VARIABLES}
  bool interpolate = true;
};

struct Loaded {
  Node document = Node::map();  // canonical, without `include` and `extends`
  std::vector<std::string> warnings;
};

// Errors: those of read_yaml, validate, interpolate and make_canonical; compose.no-file, compose.extends, compose.include, compose.cycle.
Result<Loaded> load_documents(Files& files, const LoadOptions& options);

// The project's name in the files, interpolated; empty when none says one. Read before the rest: ${COMPOSE_PROJECT_NAME} is part of it.
Result<std::string> name_in_files(Files& files, const LoadOptions& options);

}  // namespace strates::compose
