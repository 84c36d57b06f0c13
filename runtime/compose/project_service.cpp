// A service made complete: defaults, variables and labels from files, what it depends on without saying so.
#include <algorithm>

#include "base/strings.hpp"
#include "compose/dotenv.hpp"
#include "compose/project_build.hpp"
#include "compose/schema.hpp"
#include "compose/yaml_reader.hpp"

namespace strates::compose {

namespace {

using Kind = Node::Kind;

Result<void> read_env_files(Files& files, const ProjectOptions& options, Node& node) {
  Node variables = Node::map();
  if (const Node* list = node.find("env_file")) {
    for (const Node& item : list->items) {
      const std::string path = item.text_of("path"), format = item.text_of("format");
      if (!files.exists(path)) {
        if (item.flag_of("required", true)) return compose_error("no-file", item.place, "env file " + path + " not found: stat " + path + ": no such file or directory");
        continue;
      }
      if (!format.empty() && format != "raw") return compose_error("env-file", item.place, "unsupported env_file format \"" + format + "\"");
      const std::string text = TRY(files.read(path));
      const Lookup lookup = [&](const std::string& name) -> std::optional<std::string> {
        if (const Node* known = variables.find(name)) return known->text;
        const auto found = options.load.environment.find(name);
        return found == options.load.environment.end() ? std::nullopt : std::optional(found->second);
      };
      const auto read = format == "raw" ? parse_raw_env(text) : parse_dotenv(text, lookup);
      if (!read.ok()) return compose_error("dotenv", item.place, "failed to read " + path + ": " + read.error().message());
      for (const auto& [name, value] : read.value()) variables.set(name, Node::of_text(value, item.place));
    }
    node.erase("env_file");
  }
  if (const Node* own = node.find("environment"))
    for (const Member& member : own->members) {
      Node value = member.value;
      // A name alone takes the value around Compose, else that of the files, else it is not there.
      if (value.is(Kind::Null)) {
        if (const auto found = options.load.environment.find(member.name); found != options.load.environment.end()) value = Node::of_text(found->second, value.place);
        else if (variables.find(member.name) != nullptr) continue;
      }
      variables.set(member.name, std::move(value));
    }
  if (!variables.members.empty()) node.set("environment", std::move(variables));
  return success();
}

Result<void> read_label_files(Files& files, Node& node) {
  const Node* list = node.find("label_file");
  if (list == nullptr) return success();
  Node labels = Node::map();
  for (const Node& item : list->items) {
    auto text = files.read(item.text);
    if (!text.ok()) return compose_error("no-file", item.place, text.error().message());
    const auto read = parse_dotenv(text.value(), nullptr);
    if (!read.ok()) return compose_error("dotenv", item.place, "failed to read " + item.text + ": " + read.error().message());
    for (const auto& [name, value] : read.value()) labels.set(name, Node::of_text(value, item.place));
  }
  if (const Node* own = node.find("labels"))
    for (const Member& member : own->members) labels.set(member.name, member.value);
  node.erase("label_file");
  node.set("labels", std::move(labels));
  return success();
}

void add_dependency(Service& service, const std::string& name, bool restart) {
  for (const Dependency& known : service.depends_on)
    if (known.service == name) return;
  service.depends_on.push_back({name, Condition::Started, true, restart});
  Node entry = Node::map();
  entry.set("condition", Node::of_text("service_started"));
  if (restart) entry.set("restart", Node::of_flag(true));
  entry.set("required", Node::of_flag(true));
  Node* all = service.node.find("depends_on");
  if (all == nullptr) all = &service.node.set("depends_on", Node::map());
  all->set(name, std::move(entry));
}

void read_dependencies(Service& service) {
  if (const Node* given = service.node.find("depends_on"))
    for (const Member& member : given->members) {
      const std::string condition = member.value.text_of("condition", "service_started");
      const Condition what = condition == "service_healthy" ? Condition::Healthy : condition == "service_completed_successfully" ? Condition::Completed : Condition::Started;
      service.depends_on.push_back({member.name, what, member.value.flag_of("required", true), member.value.flag_of("restart")});
    }
  for (const std::string& link : service.node.texts_of("links")) add_dependency(service, link.substr(0, link.find(':')), true);
  for (const std::string_view key : {"network_mode", "ipc", "pid", "uts"}) {
    const std::string mode = service.node.text_of(key);
    if (mode.starts_with("service:")) add_dependency(service, mode.substr(8), true);
  }
  for (const std::string& from : service.node.texts_of("volumes_from"))
    if (!from.starts_with("container:")) add_dependency(service, from.substr(0, from.find(':')), false);
}

void complete_build(Node& node, const ProjectOptions& options) {
  Node* build = node.find("build");
  if (build == nullptr) return;
  if (build->find("context") == nullptr) build->members.insert(build->members.begin(), {"context", Node::of_text(options.load.working_dir, build->place), build->place});
  if (build->find("dockerfile") == nullptr && build->find("dockerfile_inline") == nullptr) build->set("dockerfile", Node::of_text("Dockerfile", build->place));
  if (Node* args = build->find("args"))
    for (Member& member : args->members)
      if (member.value.is(Kind::Null))
        if (const auto found = options.load.environment.find(member.name); found != options.load.environment.end()) member.value = Node::of_text(found->second, member.value.place);
}

// The order of the tables is the order of `config`.
void in_table_order(Node& node, const Record& record) {
  const auto rank = [&](const Member& member) {
    const Field* field = record.find(member.name);
    return field == nullptr ? record.fields.size() : static_cast<size_t>(field - record.fields.data());
  };
  std::stable_sort(node.members.begin(), node.members.end(), [&](const Member& a, const Member& b) { return rank(a) < rank(b); });
  for (Member& member : node.members) {
    const Field* field = record.find(member.name);
    if (field == nullptr) continue;
    const auto by_name = [](const Member& a, const Member& b) { return a.name < b.name; };
    if (field->shape == Shape::Dictionary || field->shape == Shape::Hosts || field->shape == Shape::Blocks) std::stable_sort(member.value.members.begin(), member.value.members.end(), by_name);
    if (field->record == nullptr) continue;
    if (field->shape == Shape::Blocks)
      for (Member& entry : member.value.members) in_table_order(entry.value, *field->record);
    else if (field->shape == Shape::BlockList)
      for (Node& entry : member.value.items) in_table_order(entry, *field->record);
    else in_table_order(member.value, *field->record);
  }
}

Result<void> check_replicas(Service& service) {
  const Node* scale = service.node.find("scale");
  const Node* replicas = service.node.at({"deploy", "replicas"});
  if (scale != nullptr && replicas != nullptr && scale->integer() != replicas->integer())
    return compose_error("consistency", scale->place, "services." + service.name + ": can't set distinct values on 'scale' and 'deploy.replicas': invalid compose project");
  const Node* wanted = scale != nullptr ? scale : replicas;
  if (wanted == nullptr) return success();
  if (wanted->integer() > 10'000) return compose_error("value", wanted->place, "services." + service.name + ": " + wanted->text + " replicas");
  service.replicas = static_cast<int>(wanted->integer());
  return success();
}

}  // namespace

Result<Service> make_service(Files& files, const ProjectOptions& options, const std::string& name, Node node) {
  Service service;
  service.name = name;
  if (node.is(Kind::Null)) node = Node::map(node.place);
  TRY(read_env_files(files, options, node));
  TRY(read_label_files(files, node));
  complete_build(node, options);
  if (node.find("networks") == nullptr && node.find("network_mode") == nullptr && node.find("provider") == nullptr) {
    node.set("networks", Node::map()).set("default", Node());
  }
  service.node = std::move(node);
  service.image = service.node.text_of("image");
  service.container_name = service.node.text_of("container_name");
  service.profiles = service.node.texts_of("profiles");
  TRY(check_replicas(service));
  read_dependencies(service);
  in_table_order(service.node, service_record());
  return service;
}

Result<Node> named_resources(const Node* given, std::string_view kind, const std::string& project) {
  Node out = Node::map();
  if (given == nullptr) return out;
  for (const Member& member : given->members) {
    if (member.name.starts_with("x-") && member.value.find("external") == nullptr && member.value.find("file") == nullptr) continue;
    Node node = member.value.is(Kind::Map) ? member.value : Node::map(member.value.place);
    const std::string path = std::string(kind) + "." + member.name;
    Node* external = node.find("external");
    if (external != nullptr && external->is(Kind::Map)) {
      const std::string name = external->text_of("name");
      if (!name.empty() && node.find("name") != nullptr && node.text_of("name") != name) return compose_error("consistency", external->place, path + ": name and external.name conflict; only use name");
      const Place where = external->place;  // `set` may move the members
      if (!name.empty()) node.set("name", Node::of_text(name, where));
      node.set("external", Node::of_flag(true, where));
    } else if (external != nullptr && external->is(Kind::Null)) {
      node.erase("external");
    }
    const bool is_external = node.flag_of("external");
    if (is_external) {
      for (const std::string_view other : {"driver", "driver_opts", "labels"})
        if (const Node* found = node.find(other)) return compose_error("consistency", found->place, path + ": conflicting parameters \"external\" and \"" + std::string(other) + "\" specified");
    }
    if (node.find("name") == nullptr) {
      Node name = Node::of_text(is_external ? member.name : project + "_" + member.name, node.place);
      node.members.insert(node.members.begin(), {"name", std::move(name), node.place});
    }
    out.set(member.name, std::move(node));
  }
  return out;
}

}  // namespace strates::compose
