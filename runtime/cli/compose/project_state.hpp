// What the engine has of a project: containers, networks and volumes that carry its labels.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "api/client.hpp"
#include "base/json.hpp"

namespace strates::cli {

namespace label {
constexpr std::string_view kProject = "com.docker.compose.project";
constexpr std::string_view kService = "com.docker.compose.service";
constexpr std::string_view kNumber = "com.docker.compose.container-number";
constexpr std::string_view kOneOff = "com.docker.compose.oneoff";
constexpr std::string_view kHash = "com.docker.compose.config-hash";
constexpr std::string_view kImage = "com.docker.compose.image";
constexpr std::string_view kDependsOn = "com.docker.compose.depends_on";
constexpr std::string_view kFiles = "com.docker.compose.project.config_files";
constexpr std::string_view kDirectory = "com.docker.compose.project.working_dir";
constexpr std::string_view kVersion = "com.docker.compose.version";
constexpr std::string_view kNetwork = "com.docker.compose.network";
constexpr std::string_view kVolume = "com.docker.compose.volume";
constexpr std::string_view kReplace = "com.docker.compose.replace";
}  // namespace label

struct ProjectContainer {
  std::string id, name, service, image, image_id, state, status;
  int number = 0;
  bool one_off = false;
  std::map<std::string, std::string, std::less<>> labels;
  std::string label(std::string_view name) const;
  bool running() const { return state == "running" || state == "paused" || state == "restarting"; }
  // "web-1": the name without the project's.
  std::string short_name(std::string_view project) const;
};

enum class OneOff { No, Yes };
// Of one project, or of all when it is empty; by service and number. code of the client's, in Docker's words.
Result<std::vector<ProjectContainer>> project_containers(api::Client& client, const std::string& project, OneOff one_off);
// The engine's rows of GET /containers/json, for lists.
Result<Json> project_rows(api::Client& client, const std::string& project, OneOff one_off);

Result<Json> inspect_container(api::Client& client, const std::string& id);
// The id of an image, empty when it is not there.
Result<std::string> image_id(api::Client& client, const std::string& name);
// "busybox:latest" for "busybox"; what is no reference stays as it is.
std::string with_tag_shown(const std::string& name);

}  // namespace strates::cli
