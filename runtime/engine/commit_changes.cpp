#include "engine/commit_changes.hpp"

#include <set>

#include "base/strings.hpp"
#include "engine/builder_config.hpp"

namespace strates::engine {

namespace {

const std::set<std::string_view>& valid_commands() {
  static const std::set<std::string_view> kNames = {"cmd",     "entrypoint", "env",  "expose", "healthcheck", "label",
                                                    "onbuild", "user", "volume", "workdir"};
  return kNames;
}

}  // namespace

Result<void> apply_changes(const std::vector<std::string>& changes, image::RunConfig& config) {
  if (changes.empty()) return {};
  const build::Dockerfile file = TRY(build::parse_dockerfile(join(changes, "\n")));
  for (const build::Node& node : file.nodes)
    if (const std::string name = to_lower(node.name); !valid_commands().contains(name))
      return docker_error(ErrorKind::Invalid, "commit.change", name + " is not a valid change command");
  std::vector<build::Step> steps;
  for (const build::Node& node : file.nodes) steps.push_back(TRY(build::parse_instruction(node)));
  ConfigState state;
  state.config = config;
  for (const build::Step& step : steps) {
    const auto environment = state.config.env.value_or(image::StringList{});
    TRY(apply_config(TRY(expand_step(step.instruction, environment, file.escape)), state));
  }
  config = std::move(state.config);
  return {};
}

}  // namespace strates::engine
