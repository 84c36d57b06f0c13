// compose config: the project as it is understood.
#include <algorithm>
#include <set>

#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "cli/compose/handlers.hpp"
#include "cli/compose/project_state.hpp"
#include "cli/tab_table.hpp"
#include "compose/interpolate.hpp"
#include "compose/schema.hpp"
#include "compose/yaml_reader.hpp"
#include "compose/yaml_writer.hpp"

namespace strates::cli {

namespace {

constexpr FlagSpec kFlags[] = {
    text_flag("format", 0, "Format the output. Values: [yaml | json]", "yaml"),
    text_flag("hash", 0, "Print the service config hash, one per line."),
    bool_flag("images", 0, "Print the image names, one per line."),
    bool_flag("no-consistency", 0, "Don't check model consistency - warning: may produce invalid Compose output"),
    bool_flag("no-interpolate", 0, "Don't interpolate environment variables."),
    bool_flag("profiles", 0, "Print the profile names, one per line."),
    bool_flag("quiet", 'q', "Only validate the configuration, don't print anything."),
    bool_flag("services", 0, "Print the service names, one per line."),
    bool_flag("variables", 0, "Print model variables and default values."),
    bool_flag("volumes", 0, "Print the volume names, one per line."),
};

// Sizes are printed as text, as Compose's structures print them, and hosts as a list.
void as_compose_prints(compose::Node& node, const compose::Record& record) {
  using compose::Shape;
  for (compose::Member& member : node.members) {
    const compose::Field* field = record.find(member.name);
    if (field == nullptr) continue;
    if (field->shape == Shape::Size && member.value.is(compose::Node::Kind::Integer)) member.value.kind = compose::Node::Kind::Text;
    if (field->shape == Shape::Hosts) {
      compose::Node list = compose::Node::list();
      for (const compose::Member& host : member.value.members)
        for (const compose::Node& address : host.value.items) list.items.push_back(compose::Node::of_text(host.name + "=" + address.text));
      member.value = std::move(list);
    }
    if (field->record == nullptr) continue;
    if (field->shape == Shape::Blocks)
      for (compose::Member& entry : member.value.members) as_compose_prints(entry.value, *field->record);
    else if (field->shape == Shape::BlockList)
      for (compose::Node& entry : member.value.items) as_compose_prints(entry, *field->record);
    else as_compose_prints(member.value, *field->record);
  }
}

// A dollar that stays is written so that the output can be read again.
void escape_dollars(compose::Node& node) {
  if (node.is(compose::Node::Kind::Text)) node.text = replace_all(node.text, "$", "$$");
  for (compose::Node& item : node.items) escape_dollars(item);
  for (compose::Member& member : node.members) escape_dollars(member.value);
}

std::string lines(const std::set<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += name + "\n";
  return out;
}

Result<std::string> variables(ComposeCall& call, const compose::Project& project) {
  std::string out = "NAME\tREQUIRED\tDEFAULT VALUE\tALTERNATE VALUE\n";
  std::map<std::string, compose::Variable> all;
  for (const std::string& file : project.files) {
    const std::string text = TRY(call.ports.files.read(file));
    for (const compose::Node& document : TRY(compose::read_yaml(file, text))) {
      auto found = compose::variables_of(document);
      all.merge(found);
    }
  }
  for (const auto& [name, variable] : all) out += name + "\t" + (variable.required ? "true" : "false") + "\t" + variable.fallback + "\t" + variable.presence + "\n";
  return align_tabs(out, {20, 3});
}

Result<std::string> hashes(ComposeCall& call, const compose::Project& project, const std::string& which) {
  std::vector<std::string> names;
  if (which != "*") names = split(which, ',');
  std::string out;
  for (const std::string& name : TRY(compose::selected_services(project, names, compose::WithDependencies::No))) out += name + " " + call.ports.sha256_hex(compose::hash_input(*project.find(name))) + "\n";
  return out;
}

}  // namespace

std::span<const FlagSpec> compose_config_flags() { return kFlags; }

Result<int> compose_config(ComposeCall& call) {
  const ParsedFlags& flags = call.flags;
  const bool interpolate = !flags.boolean("no-interpolate");
  const std::string format = flags.text("format");
  if (format != "yaml" && format != "json") return compose_refusal("unsupported format " + go_quote(format));
  compose::Project project = TRY(load_compose_project(call, flags.boolean("no-consistency") ? Consistency::Unchecked : Consistency::Checked, interpolate));
  if (!call.args().empty()) TRY(compose::enable_services(project, call.args()));
  std::string out;
  std::set<std::string> names;
  if (flags.boolean("quiet")) return 0;
  if (flags.boolean("services")) {
    for (const compose::Service& service : project.services) names.insert(service.name);
    out = lines(names);
  } else if (flags.boolean("volumes")) {
    for (const compose::Member& volume : project.volumes.members) names.insert(volume.name);
    out = lines(names);
  } else if (flags.boolean("profiles")) {
    for (const auto* services : {&project.services, &project.disabled})
      for (const compose::Service& service : *services) names.insert(service.profiles.begin(), service.profiles.end());
    out = lines(names);
  } else if (flags.boolean("images")) {
    for (const compose::Service& service : project.services) names.insert(project.image_of(service));
    out = lines(names);
  } else if (flags.boolean("variables")) {
    out = TRY(variables(call, project));
  } else if (flags.changed("hash")) {
    out = TRY(hashes(call, project, flags.text("hash")));
  } else {
    if (!call.args().empty()) {
      const auto wanted = TRY(compose::selected_services(project, call.args(), compose::WithDependencies::Yes));
      std::erase_if(project.services, [&](const compose::Service& service) { return std::find(wanted.begin(), wanted.end(), service.name) == wanted.end(); });
    }
    compose::Node document = compose::project_document(project);
    as_compose_prints(document, compose::file_record());
    if (interpolate) escape_dollars(document);
    if (format == "json") {
      Json json = compose::to_json(document);
      for (auto& [name, service] : json["services"].items())
        for (const char* key : {"command", "entrypoint"})
          if (service.is_object() && !service.contains(key)) service[key] = nullptr;
      out = dump_json_pretty(json, 2) + "\n";
    } else {
      out = compose::write_yaml(document);
    }
  }
  call.console().out(out);
  return 0;
}

}  // namespace strates::cli
