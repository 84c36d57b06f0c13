// `commit --change` and `import --change`: Dockerfile instructions applied to a run configuration, without a build.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "image/config.hpp"

namespace strates::engine {

// CMD ENTRYPOINT ENV EXPOSE HEALTHCHECK LABEL ONBUILD USER VOLUME WORKDIR. All or nothing: on error `config` is as before.
// code commit.change, wire "run is not a valid change command"; or what the instruction itself is refused for.
Result<void> apply_changes(const std::vector<std::string>& changes, image::RunConfig& config);

}  // namespace strates::engine
