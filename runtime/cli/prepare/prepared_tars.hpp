// Where finished tars of base images are kept and used again; what an interruption left unfinished goes.
#pragma once

#include <string>
#include <string_view>

#include "cli/prepare/base_image.hpp"
#include "cli/which_engine.hpp"

namespace strates::cli {

class PreparedTars {
 public:
  // Below the engine's root when it is ours, otherwise below the person's cache.
  static Result<PreparedTars> open(const EngineChoice& choice);
  std::string tar(std::string_view name) const { return directory_ + "/" + std::string(name) + ".tar"; }
  Result<void> make(const BaseImage& image, const Progress& progress) const;

 private:
  std::string directory_;
};

}  // namespace strates::cli
