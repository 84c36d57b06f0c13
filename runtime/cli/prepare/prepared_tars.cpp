#include "cli/prepare/prepared_tars.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace strates::cli {

Result<PreparedTars> PreparedTars::open(const EngineChoice& choice) {
  PreparedTars out;
  const Surroundings around = process_surroundings();
  const std::string home = around.variable("XDG_CACHE_HOME").value_or(around.home + "/.cache") + "/strates";
  out.directory_ = (choice.ours() ? choice.root : home) + "/prepare";
  for (size_t at = 1; at != std::string::npos;) {
    at = out.directory_.find('/', at + 1);
    const std::string part = out.directory_.substr(0, at);
    if (mkdir(part.c_str(), 0700) != 0 && errno != EEXIST) return system_error("mkdir", part, errno);
  }
  return out;
}

Result<void> PreparedTars::make(const BaseImage& image, const Progress& progress) const {
  const std::string done = tar(image.name), partial = directory_ + "/" + std::string(image.name) + ".part.tar";
  ::unlink(partial.c_str());
  if (auto made = image.make(partial, directory_, progress); !made.ok()) {
    ::unlink(partial.c_str());
    return made;
  }
  if (::rename(partial.c_str(), done.c_str()) != 0) return system_error("rename", done, errno);
  return success();
}

}  // namespace strates::cli
