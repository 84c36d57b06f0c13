// Stopping and removing what a project has, dependents before what they depend on.
#pragma once

#include <optional>

#include "cli/compose/converge.hpp"

namespace strates::cli {

enum class Removal { No, Yes, WithVolumes };
// Containers of these services (and of none that is known, for orphans) stop in reverse order, in parallel where nothing orders them.
Result<void> stop_containers(ComposeCall& call, const compose::Project& project, const std::vector<ProjectContainer>& containers, Progress& progress, std::optional<std::int64_t> timeout, Removal removal);
Result<void> kill_containers(ComposeCall& call, const std::vector<ProjectContainer>& containers, Progress& progress, const std::string& signal);

// Containers of services that the project does not have (any more).
std::vector<ProjectContainer> orphans_of(const compose::Project& project, const std::vector<ProjectContainer>& containers);
void warn_of_orphans(ComposeCall& call, const std::vector<ProjectContainer>& orphans);
std::vector<ProjectContainer> of_services(const std::vector<ProjectContainer>& containers, const std::vector<std::string>& services);

}  // namespace strates::cli
