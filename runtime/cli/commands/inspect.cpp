// docker inspect: cli/command/system/inspect.go and inspect/inspector.go of docker/cli 20.10.
#include <algorithm>
#include <optional>

#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "cli/commands/all.hpp"
#include "cli/daemon.hpp"
#include "cli/go_template.hpp"

namespace strates::cli {

namespace {

constexpr FlagSpec kInspectFlags[] = {
    text_flag("format", 'f', "Format the output using the given Go template"),
    bool_flag("size", 's', "Display total file sizes if the type is container"),
    text_flag("type", 0, "Return JSON for specified type"),
};
constexpr FlagSpec kContainerFlags[] = {
    text_flag("format", 'f', "Format the output using the given Go template"),
    bool_flag("size", 's', "Display total file sizes"),
};
constexpr FlagSpec kImageFlags[] = {text_flag("format", 'f', "Format the output using the given Go template")};
constexpr FlagSpec kNetworkFlags[] = {
    text_flag("format", 'f', "Format the output using the given Go template"),
    bool_flag("verbose", 'v', "Verbose output for diagnostics"),
};

struct Kind {
  std::string_view type, before, after;
};
constexpr Kind kKinds[] = {
    {"container", "/containers/", "/json"}, {"image", "/images/", "/json"}, {"network", "/networks/", ""}, {"volume", "/volumes/", ""},
};

// Tries each kind of object in turn, as the client does. A kind that the engine does not know yet is an absence.
Result<Json> find(Invocation& in, const std::string& name, std::string_view type, bool size) {
  for (const Kind& kind : kKinds) {
    if (name.empty() && type.empty()) break;  // "/networks/" is the list of them
    if (!type.empty() && type != kind.type) continue;
    const bool sized = size && kind.type == "container";
    auto found = in.session.client.get(std::string(kind.before) + path_name(name) + std::string(kind.after) + (sized ? "?size=1" : ""));
    if (found.ok()) return found;
    const bool absent = is_from_daemon(found.error()) && (found.error().kind == ErrorKind::NotFound || found.error().kind == ErrorKind::NotImplemented);
    if (!absent || !type.empty()) return daemon_object(std::move(found), type.empty() ? "object" : type, name);
  }
  Error error = docker_error(ErrorKind::NotFound, "client.status-404", "Error: No such object: " + name);
  return error;
}

Result<int> inspect_names(Invocation& in, std::string_view type) {
  const bool known = type.empty() || std::any_of(std::begin(kKinds), std::end(kKinds), [&](const Kind& kind) { return kind.type == type; });
  if (!known) return docker_error(ErrorKind::Invalid, "cli.inspect", go_quote(type) + " is not a valid value for --type");
  const std::string format = in.flags.text("format");
  std::vector<std::string> errors;
  std::string formatted;
  Json elements = Json::array();
  std::optional<GoTemplate> shape;
  if (!format.empty()) {
    auto parsed = GoTemplate::parse(format);
    if (!parsed.ok()) {
      in.session.console.err("template parsing error: " + parsed.error().message() + "\n");
      return 64;  // the client's exit code for a format that is none
    }
    shape = std::move(parsed).value();
  }
  for (const std::string& name : in.args()) {
    auto found = find(in, name, type, (type != "network" && in.flags.boolean("size")));
    if (!found.ok()) {
      errors.push_back(found.error().message());
    } else if (!shape) {
      elements.push_back(std::move(found).value());
    } else {
      const auto text = shape->execute({found.value(), nullptr, {}});
      if (text.ok()) formatted += text.value() + "\n";
      else errors.push_back("template parsing error: " + text.error().message());
    }
  }
  if (shape) in.session.console.out(formatted.empty() ? "\n" : formatted);
  else in.session.console.out((elements.empty() ? "[]" : dump_json_pretty(elements, 4)) + "\n");
  return joined(errors);
}

}  // namespace

std::span<const FlagSpec> inspect_flags() { return kInspectFlags; }
std::span<const FlagSpec> container_inspect_flags() { return kContainerFlags; }
std::span<const FlagSpec> image_inspect_flags() { return kImageFlags; }
std::span<const FlagSpec> volume_inspect_flags() { return kImageFlags; }
std::span<const FlagSpec> network_inspect_flags() { return kNetworkFlags; }

Result<int> inspect_handler(Invocation& in) { return inspect_names(in, in.flags.text("type")); }
Result<int> container_inspect_handler(Invocation& in) { return inspect_names(in, "container"); }
Result<int> image_inspect_handler(Invocation& in) { return inspect_names(in, "image"); }
Result<int> network_inspect_handler(Invocation& in) { return inspect_names(in, "network"); }
Result<int> volume_inspect_handler(Invocation& in) { return inspect_names(in, "volume"); }

}  // namespace strates::cli
