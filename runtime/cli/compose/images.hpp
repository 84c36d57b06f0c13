// The images that services need: built or fetched.
#pragma once

#include "cli/compose/call.hpp"

namespace strates::cli {

enum class BuildWhen { Missing, Always, Never };
struct ImageOptions {
  BuildWhen build = BuildWhen::Missing;
  std::string pull;  // --pull: "always", "missing", "never"; empty: each service's pull_policy
  bool quiet_pull = false;
};
// code compose.build (exit 17), compose.pull (exit 18).
Result<void> ensure_images(ComposeCall& call, const compose::Project& project, const std::vector<std::string>& services, const ImageOptions& options);

// When the image is built or fetched: "always", "missing" or "if_not_present", "never", "build"; others are refused.
Result<std::string> pull_policy(const compose::Service& service, const ImageOptions& options);
// The words of `docker pull` and `docker build` (without the context) for a service. code compose.build for what the classic builder lacks.
std::vector<std::string> pull_words(const compose::Service& service, const std::string& image, bool quiet);
Result<std::vector<std::string>> build_words(const compose::Project& project, const compose::Service& service);

// `docker build` with what the service says, and these words more.
Result<void> build_service(ComposeCall& call, const compose::Project& project, const compose::Service& service, const std::vector<std::string>& more);

}  // namespace strates::cli
