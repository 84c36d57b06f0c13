#include "cli/compose/project_state.hpp"

#include <algorithm>
#include <charconv>
#include <tuple>

#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "cli/daemon.hpp"
#include "image/reference.hpp"

namespace strates::cli {

namespace {

ProjectContainer container_of(const Json& row) {
  ProjectContainer out;
  out.id = json_string(row, "Id");
  const auto names = json_strings(row, "Names");
  for (const std::string& name : names)
    if (name.find('/', 1) == std::string::npos) out.name = name.starts_with('/') ? name.substr(1) : name;
  out.image = json_string(row, "Image");
  out.image_id = json_string(row, "ImageID");
  out.state = json_string(row, "State");
  out.status = json_string(row, "Status");
  for (const auto& [name, value] : json_member(row, "Labels").items())
    if (value.is_string()) out.labels[name] = value.get<std::string>();
  out.service = out.label(label::kService);
  const std::string number = out.label(label::kNumber);
  std::from_chars(number.data(), number.data() + number.size(), out.number);
  out.one_off = equal_ignoring_case(out.label(label::kOneOff), "true");
  return out;
}

}  // namespace

std::string ProjectContainer::label(std::string_view wanted) const {
  const auto found = labels.find(wanted);
  return found == labels.end() ? std::string() : found->second;
}

std::string ProjectContainer::short_name(std::string_view project) const {
  const std::string prefix = std::string(project) + "-";
  return name.starts_with(prefix) ? name.substr(prefix.size()) : name;
}

Result<Json> project_rows(api::Client& client, const std::string& project, OneOff one_off) {
  Json labels = Json::array();
  labels.push_back(project.empty() ? std::string(label::kProject) : std::string(label::kProject) + "=" + project);
  if (one_off == OneOff::No) labels.push_back(std::string(label::kOneOff) + "=False");
  const Json filters = {{"label", labels}};
  return daemon(client.get(Query().add("all", "1").add("filters", dump_json(filters)).on("/containers/json")));
}

Result<std::vector<ProjectContainer>> project_containers(api::Client& client, const std::string& project, OneOff one_off) {
  const Json rows = TRY(project_rows(client, project, one_off));
  std::vector<ProjectContainer> out;
  for (const Json& row : rows) out.push_back(container_of(row));
  std::sort(out.begin(), out.end(), [](const ProjectContainer& a, const ProjectContainer& b) { return std::tie(a.service, a.number, a.name) < std::tie(b.service, b.number, b.name); });
  return out;
}

Result<Json> inspect_container(api::Client& client, const std::string& id) { return daemon(client.get("/containers/" + path_name(id) + "/json")); }

Result<std::string> image_id(api::Client& client, const std::string& name) {
  auto image = client.get("/images/" + path_name(name) + "/json");
  if (image.ok()) return json_string(image.value(), "Id");
  if (is_from_daemon(image.error()) && image.error().kind == ErrorKind::NotFound) return std::string();
  return as_daemon_error(std::move(image).error());
}

std::string with_tag_shown(const std::string& name) {
  const auto reference = image::parse_reference(name);
  return reference.ok() ? reference.value().with_default_tag().familiar() : name;
}

}  // namespace strates::cli
