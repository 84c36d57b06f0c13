// docker context: cli/command/context of docker/cli 20.10, for the one context there is. Those that Docker's client keeps below ~/.docker/contexts name
// engines of others, and are left to it.
#include <cstdlib>
#include <optional>

#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "cli/commands/all.hpp"
#include "cli/daemon.hpp"
#include "cli/go_template.hpp"
#include "cli/listing.hpp"

namespace strates::cli {

namespace {

constexpr FlagSpec kListFlags[] = {
    text_flag("format", 0, "Pretty-print contexts using a Go template"),
    bool_flag("quiet", 'q', "Only show context names"),
};
constexpr FlagSpec kInspectFlags[] = {text_flag("format", 'f', "Format the output using the given Go template")};

const std::vector<Column> kColumns = {
    {"Name", "NAME"}, {"Description", "DESCRIPTION"}, {"DockerEndpoint", "DOCKER ENDPOINT"}, {"KubernetesEndpoint", "KUBERNETES ENDPOINT"}, {"StackOrchestrator", "ORCHESTRATOR"},
    {"Current", ""},  // the table asks for it, and has no title for it
};
constexpr const char* kTable = "table {{.Name}}{{if .Current}} *{{end}}\t{{.Description}}\t{{.DockerEndpoint}}\t{{.KubernetesEndpoint}}\t{{.StackOrchestrator}}";

// Docker's client says so wherever the variable and not a context decides.
void warn_of_variable(Invocation& in, std::string_view wanted) {
  const char* host = std::getenv("DOCKER_HOST");
  if (host == nullptr || *host == '\0') return;
  in.session.console.err("Warning: DOCKER_HOST environment variable overrides the active context. To use " + std::string(wanted) +
                         ", either set the global --context flag, or unset DOCKER_HOST environment variable.\n");
}

constexpr std::string_view kPlace = "<IN MEMORY>";
constexpr std::string_view kPlaceInJson = "\\u003cIN MEMORY\\u003e";  // Go's encoder escapes what HTML would read

Json row_of(Invocation& in) {
  Json out = Json::object();
  out["Current"] = true;
  out["Description"] = "Current DOCKER_HOST based configuration";
  out["DockerEndpoint"] = in.session.client.transport().description();
  out["KubernetesEndpoint"] = "";
  out["Name"] = std::string(kDefaultContext);
  out["StackOrchestrator"] = "swarm";
  return out;
}

Json whole(Invocation& in) {
  Json out = Json::object();
  out["Name"] = std::string(kDefaultContext);
  out["Metadata"]["StackOrchestrator"] = "swarm";
  Json& endpoint = out["Endpoints"]["docker"];
  endpoint["Host"] = in.session.client.transport().description();
  endpoint["SkipTLSVerify"] = false;
  out["TLSMaterial"] = Json::object();
  out["Storage"]["MetadataPath"] = std::string(kPlace);
  out["Storage"]["TLSPath"] = std::string(kPlace);
  return out;
}

std::string no_context(const std::string& name) { return "context " + go_quote(name) + " does not exist"; }

}  // namespace

std::span<const FlagSpec> context_inspect_flags() { return kInspectFlags; }
std::span<const FlagSpec> context_ls_flags() { return kListFlags; }
std::span<const FlagSpec> context_use_flags() { return {}; }

Result<int> context_ls_handler(Invocation& in) {
  const bool quiet = in.flags.boolean("quiet");
  Listing listing{kColumns, kTable};
  listing.go_type = "*formatter.clientContextContext";
  in.session.console.out(TRY(render_listing(listing, quiet ? "{{.Name}}" : in.flags.text("format"), {row_of(in)})));
  warn_of_variable(in, "a context");
  return 0;
}

Result<int> context_inspect_handler(Invocation& in) {
  std::vector<std::string> names = in.args(), errors;
  if (names.empty()) names.emplace_back(kDefaultContext);
  const std::string format = in.flags.text("format");
  std::optional<GoTemplate> shape;
  if (!format.empty()) {
    auto parsed = GoTemplate::parse(format);
    if (!parsed.ok()) {
      in.session.console.err("template parsing error: " + parsed.error().message() + "\n");
      return 64;
    }
    shape = std::move(parsed).value();
  }
  std::string formatted;
  Json found = Json::array();
  for (const std::string& name : names) {
    if (name != kDefaultContext) {
      errors.push_back(no_context(name));
      continue;
    }
    found.push_back(whole(in));
    if (!shape) continue;
    const auto text = shape->execute({found.back(), nullptr, "context.contextWithTLSListing"});
    if (text.ok()) formatted += text.value() + "\n";
    else errors.push_back("template parsing error: " + text.error().message());
  }
  if (shape) in.session.console.out(formatted.empty() ? "\n" : formatted);
  else in.session.console.out((found.empty() ? "[]" : replace_all(dump_json_pretty(found, 4), kPlace, kPlaceInJson)) + "\n");
  return joined(errors);
}

Result<int> context_use_handler(Invocation& in) {
  if (in.args().size() != 1) return docker_error(ErrorKind::Invalid, "cli.usage", "accepts 1 arg(s), received " + std::to_string(in.args().size()));
  if (in.args()[0] != kDefaultContext) return docker_error(ErrorKind::NotFound, "cli.context", no_context(in.args()[0]));
  in.session.console.out(std::string(kDefaultContext) + "\n");
  in.session.console.err("Current context is now \"default\"\n");
  warn_of_variable(in, "\"default\"");
  return 0;
}

}  // namespace strates::cli
