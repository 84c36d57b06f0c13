// Which files, which variables, which name: as Compose finds them from where it is called.
#include <algorithm>
#include <set>

#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "cli/compose/call.hpp"
#include "cli/compose/project_state.hpp"
#include "compose/dotenv.hpp"
#include "compose/paths.hpp"
#include "compose/yaml_reader.hpp"

namespace strates::cli {

namespace {

constexpr std::string_view kNames[] = {"compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"};
constexpr std::string_view kOverrides[] = {"compose.override.yml", "compose.override.yaml", "docker-compose.override.yml", "docker-compose.override.yaml"};

std::string variable(const compose::Environment& environment, const std::string& name) {
  const auto found = environment.find(name);
  return found == environment.end() ? std::string() : found->second;
}

std::vector<std::string> words(const std::string& text, char separator) {
  std::vector<std::string> out;
  for (std::string& part : split(text, separator))
    if (!trim(part).empty()) out.emplace_back(trim(part));
  return out;
}

// compose.yaml here or in a folder above, and its override beside it.
std::vector<std::string> default_files(ComposeCall& call, const std::string& start) {
  for (std::string folder = start;; folder = dir_name(folder)) {
    std::vector<std::string> found;
    for (const std::string_view name : kNames)
      if (const std::string path = join_path(folder, name); call.ports.files.exists(path)) found.push_back(path);
    if (!found.empty()) {
      if (found.size() > 1) {
        compose_warning(call, "Found multiple config files with supported names: " + join(found, ", "));
        compose_warning(call, "Using " + found[0]);
      }
      std::vector<std::string> out{found[0]};
      for (const std::string_view name : kOverrides)
        if (const std::string path = join_path(folder, name); call.ports.files.exists(path)) {
          out.push_back(path);
          break;
        }
      return out;
    }
    if (folder == "/" || folder.empty() || folder == ".") return {};
  }
}

Result<void> add_variables(ComposeCall& call, const std::string& folder, compose::Environment& environment) {
  std::vector<std::string> paths;
  for (const std::string& path : call.globals.env_files.empty() ? words(variable(environment, "COMPOSE_ENV_FILES"), ',') : call.globals.env_files)
    paths.push_back(compose::absolute_path(path, call.around.directory, call.around.home));
  if (paths.empty()) {
    const std::string usual = join_path(folder, ".env");
    if (!call.ports.files.exists(usual)) return success();
    paths.push_back(usual);
  }
  compose::Environment added;
  for (const std::string& path : paths) {
    if (!call.ports.files.exists(path)) return compose::compose_error("no-file", {}, "couldn't find env file: " + path);
    const std::string text = TRY(call.ports.files.read(path));
    const auto read = compose::parse_dotenv(text, [&](const std::string& name) -> std::optional<std::string> {
      if (const auto found = environment.find(name); found != environment.end()) return found->second;
      const auto earlier = added.find(name);
      return earlier == added.end() ? std::nullopt : std::optional(earlier->second);
    });
    if (!read.ok()) return compose::compose_error("dotenv", {}, "failed to read " + path + ": " + read.error().message());
    for (const auto& [name, value] : read.value()) added[name] = value;
  }
  environment.merge(added);  // what is set around Compose wins
  return success();
}

Result<compose::ProjectOptions> project_options(ComposeCall& call) {
  compose::ProjectOptions options;
  compose::Environment& environment = options.load.environment;
  environment = call.around.variables;
  const std::string here = call.around.directory;
  std::string folder = call.globals.project_directory.empty() ? std::string() : compose::absolute_path(call.globals.project_directory, here, call.around.home);
  // .env may say which files there are; where it lies depends on them only when they are named.
  std::vector<std::string> files = call.globals.files;
  if (files.empty()) {
    compose::Environment looked = environment;
    TRY(add_variables(call, folder.empty() ? here : folder, looked));
    const std::string separator = variable(looked, "COMPOSE_PATH_SEPARATOR");
    files = words(variable(looked, "COMPOSE_FILE"), separator.empty() ? ':' : separator[0]);
  }
  for (const std::string& file : files) options.load.files.push_back(file == "-" ? "-" : compose::absolute_path(file, here, call.around.home));
  if (options.load.files.empty()) options.load.files = default_files(call, folder.empty() ? here : folder);
  if (options.load.files.empty()) return compose::compose_error("no-file", {}, "no configuration file provided: not found");
  if (folder.empty()) folder = options.load.files[0] == "-" ? here : dir_name(options.load.files[0]);
  options.load.working_dir = folder;
  options.load.home = call.around.home;
  TRY(add_variables(call, folder, environment));
  options.name = call.globals.project_name.empty() ? variable(environment, "COMPOSE_PROJECT_NAME") : call.globals.project_name;
  options.profiles = call.globals.profiles.empty() ? words(variable(environment, "COMPOSE_PROFILES"), ',') : call.globals.profiles;
  return options;
}

}  // namespace

void compose_warning(ComposeCall& call, const std::string& text) {
  if (call.console().out_is_terminal()) call.console().err("\x1b[33mWARN\x1b[0m[0000] " + text + " \n");
  else call.console().err("time=\"" + rfc3339(call.session.clock.now() / kSecond * kSecond) + "\" level=warning msg=" + go_quote(text) + "\n");
}

Result<compose::Project> load_compose_project(ComposeCall& call, Consistency consistency, bool interpolate) {
  compose::ProjectOptions options = TRY(project_options(call));
  options.consistent = consistency == Consistency::Checked;
  options.load.interpolate = interpolate;
  compose::Project project = TRY(compose::load_project(call.ports.files, options));
  for (const std::string& warning : project.warnings) compose_warning(call, warning);
  return project;
}

Result<compose::Project> project_or_labels(ComposeCall& call) {
  auto loaded = load_compose_project(call);
  if (loaded.ok() || loaded.error().code != "compose.no-file") return loaded;
  const std::string named = call.globals.project_name.empty() ? variable(call.around.variables, "COMPOSE_PROJECT_NAME") : call.globals.project_name;
  if (named.empty() || !call.globals.files.empty()) return loaded;
  compose::Project project;
  project.name = named;
  TRY(compose::check_project_name(named));
  std::set<std::string> names;
  for (const ProjectContainer& container : TRY(project_containers(call.session.client, named, OneOff::No))) {
    if (!names.insert(container.service).second) continue;
    compose::Service service;
    service.name = container.service;
    service.image = container.image;
    for (const std::string& entry : words(container.label("com.docker.compose.depends_on"), ',')) service.depends_on.push_back({entry.substr(0, entry.find(':')), compose::Condition::Started, false, false});
    project.services.push_back(std::move(service));
  }
  std::sort(project.services.begin(), project.services.end(), [](const compose::Service& a, const compose::Service& b) { return a.name < b.name; });
  return project;
}

}  // namespace strates::cli
