// A service as requests to the engine: the body of POST /containers/create, the networks joined afterwards, the files put into the container.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/json.hpp"
#include "cli/compose/call.hpp"
#include "cli/compose/project_state.hpp"

namespace strates::cli {

// What is not in the service: who stands beside it, and what an older container of it had.
struct BodyContext {
  const compose::Project& project;
  int number = 1;
  std::string name;   // of the container
  std::string hash;   // of the service's configuration
  std::string image;  // the image's id
  bool one_off = false;
  bool service_aliases = true;                       // also known by the service's name
  std::function<Result<ProjectContainer>(const std::string& service)> container_of;  // network_mode, volumes_from, links
  std::vector<std::pair<std::string, std::string>> inherited;  // anonymous volumes: target, volume
  bool auto_remove = false;                                    // the engine removes it when it has ended
  std::string host = {};                                       // the engine's address, for the proxies of ~/.docker/config.json
};

struct CopiedFile {
  std::string path, content;  // in the container
  unsigned mode = 0444, uid = 0, gid = 0;
};

struct ContainerBody {
  std::string create;                                        // JSON
  std::vector<std::pair<std::string, std::string>> connect;  // network's name, endpoint as JSON
  std::vector<CopiedFile> files;                             // secrets and configs that are no files of the host
};

// code compose.unsupported for what the engine's API cannot say (gpus of a simulator are the engine's to refuse).
Result<ContainerBody> container_body(const compose::Service& service, const BodyContext& context);

// A tar with these files, for PUT /containers/ID/archive?path=/
Result<std::string> files_archive(const std::vector<CopiedFile>& files);

}  // namespace strates::cli
