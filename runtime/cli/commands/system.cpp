// docker version and docker info: cli/command/system/version.go and info.go of docker/cli 20.10.
#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "cli/commands/all.hpp"
#include "cli/daemon.hpp"
#include "cli/docker_version.hpp"
#include "cli/go_template.hpp"
#include "cli/tab_table.hpp"
#include "cli/units.hpp"

namespace strates::cli {

namespace {

constexpr FlagSpec kFlags[] = {text_flag("format", 'f', "Format the output using the given Go template")};

std::string row(int indent, std::string_view name, const std::string& value) {
  return std::string(static_cast<size_t>(indent), ' ') + std::string(name) + ":\t" + value + "\n";
}

Json client_version() {
  Json client = Json::object();
  client["Platform"] = {{"Name", ""}};
  client["Version"] = kDockerVersion;
  client["ApiVersion"] = kApiVersion;
  client["DefaultAPIVersion"] = kApiVersion;
  client["GitCommit"] = kDockerBuild;
  client["GoVersion"] = "";
  client["Os"] = "linux";
  client["Arch"] = kArchitecture;
  client["BuildTime"] = "";
  client["Context"] = "default";
  client["Experimental"] = false;
  return client;
}

std::string client_text() {
  return "Client:\n" + row(1, "Version", kDockerVersion) + row(1, "API version", kApiVersion) + row(1, "Go version", "none (C++)") +
         row(1, "Git commit", kDockerBuild) + row(1, "OS/Arch", std::string("linux/") + kArchitecture) + row(1, "Context", "default") +
         row(1, "Experimental", "false");
}

std::string server_text(const Json& server) {
  const std::string platform = json_string(json_member(server, "Platform"), "Name");
  std::string out = "Server:" + (platform.empty() ? "" : " " + platform) + "\n";
  for (const Json& component : json_member(server, "Components")) {
    const Json& details = json_member(component, "Details");
    out += " " + json_string(component, "Name") + ":\n" + row(2, "Version", json_string(component, "Version"));
    if (json_string(component, "Name") == "Engine") {
      out += row(2, "API version", json_string(details, "ApiVersion") + " (minimum version " + json_string(details, "MinAPIVersion") + ")");
      out += row(2, "Go version", json_string(details, "GoVersion")) + row(2, "Git commit", json_string(details, "GitCommit"));
      if (const std::string built = json_string(details, "BuildTime"); !built.empty()) out += row(2, "Built", built);
      out += row(2, "OS/Arch", json_string(details, "Os") + "/" + json_string(details, "Arch")) + row(2, "Experimental", json_string(details, "Experimental"));
    } else {
      for (const auto& [name, value] : details.items()) out += row(2, name, value.is_string() ? value.get<std::string>() : dump_json(value));
    }
  }
  return out;
}

// The lines of `docker info`, each shown when the daemon says something about it.
class InfoText {
 public:
  explicit InfoText(const Json& info) : info_(info) {}

  std::string run() {
    out_ = "Client:\n Context:    default\n Debug Mode: false\n\nServer:\n";
    count(" Containers", "Containers");
    count("  Running", "ContainersRunning");
    count("  Paused", "ContainersPaused");
    count("  Stopped", "ContainersStopped");
    count(" Images", "Images");
    text(" Server Version", "ServerVersion");
    text(" Storage Driver", "Driver");
    for (const Json& pair : json_member(info_, "DriverStatus"))
      if (pair.is_array() && pair.size() == 2 && pair[0].is_string() && pair[1].is_string()) line("  " + pair[0].get<std::string>(), pair[1].get<std::string>());
    text(" Logging Driver", "LoggingDriver");
    text(" Cgroup Driver", "CgroupDriver");
    text(" Cgroup Version", "CgroupVersion");
    plugins();
    line(" Swarm", json_string(json_member(info_, "Swarm"), "LocalNodeState", "inactive"));
    runtimes();
    line(" Init Binary", json_string(info_, "InitBinary"));
    commit(" containerd version", "ContainerdCommit");
    commit(" runc version", "RuncCommit");
    commit(" init version", "InitCommit");
    security();
    text(" Kernel Version", "KernelVersion");
    text(" Operating System", "OperatingSystem");
    text(" OSType", "OSType");
    text(" Architecture", "Architecture");
    count(" CPUs", "NCPU");
    line(" Total Memory", bytes_size(static_cast<double>(json_int(info_, "MemTotal"))));
    text(" Name", "Name");
    text(" ID", "ID");
    text(" Docker Root Dir", "DockerRootDir");
    line(" Debug Mode", json_bool(info_, "Debug") ? "true" : "false");
    if (const std::string registry = json_string(info_, "IndexServerAddress"); !registry.empty()) line(" Registry", registry);
    labels();
    line(" Experimental", json_bool(info_, "ExperimentalBuild") ? "true" : "false");
    registries();
    line(" Live Restore Enabled", json_bool(info_, "LiveRestoreEnabled") ? "true" : "false");
    return out_ + "\n";
  }

 private:
  void line(const std::string& name, const std::string& value) { out_ += name + ": " + value + "\n"; }
  void text(const std::string& name, std::string_view key) {
    if (const std::string value = json_string(info_, key); !value.empty()) line(name, value);
  }
  void count(const std::string& name, std::string_view key) { line(name, std::to_string(json_int(info_, key))); }
  void plugins() {
    const Json& plugins = json_member(info_, "Plugins");
    out_ += " Plugins:\n";
    constexpr std::string_view kAuthorization = "Authorization";  // the one that is not shown without a value
    for (const std::string_view kind : {std::string_view("Volume"), std::string_view("Network"), kAuthorization, std::string_view("Log")})
      if (const auto names = json_strings(plugins, kind); !names.empty() || kind != kAuthorization) line("  " + std::string(kind), join(names, " "));
  }
  void runtimes() {
    const Json& runtimes = json_member(info_, "Runtimes");
    if (!runtimes.is_object() || runtimes.empty()) return;
    out_ += " Runtimes:";
    for (const auto& [name, runtime] : runtimes.items()) out_ += " " + name;
    out_ += "\n";
    text(" Default Runtime", "DefaultRuntime");
  }
  // Docker shows these lines empty as well: an engine may not be made of such parts.
  void commit(const std::string& name, std::string_view key) { line(name, json_string(json_member(info_, key), "ID")); }
  void security() {
    const auto options = json_strings(info_, "SecurityOptions");
    if (options.empty()) return;
    out_ += " Security Options:\n";
    for (const std::string& option : options) {
      // "name=seccomp,profile=default"
      for (const std::string& pair : split(option, ',')) {
        const size_t equals = pair.find('=');
        const std::string key = pair.substr(0, equals), value = equals == std::string::npos ? "" : pair.substr(equals + 1);
        if (key == "name") out_ += "  " + value + "\n";
        else if (key == "profile") out_ += "   Profile: " + value + "\n";
      }
    }
  }
  void labels() {
    out_ += " Labels:\n";
    for (const std::string& label : json_strings(info_, "Labels")) out_ += "  " + label + "\n";
  }
  void registries() {
    const Json& config = json_member(info_, "RegistryConfig");
    const auto list = [&](const char* title, const std::vector<std::string>& lines) {
      if (lines.empty()) return;
      out_ += title;
      for (const std::string& one : lines) out_ += "  " + one + "\n";
    };
    std::vector<std::string> insecure;
    for (const auto& [name, index] : json_member(config, "IndexConfigs").items())
      if (!json_bool(index, "Secure")) insecure.push_back(json_string(index, "Name"));
    for (std::string& range : json_strings(config, "InsecureRegistryCIDRs")) insecure.push_back(std::move(range));
    list(" Insecure Registries:\n", insecure);
    list(" Registry Mirrors:\n", json_strings(config, "Mirrors"));
  }

  const Json& info_;
  std::string out_;
};

// `name`: what Go's errors call the template.
Result<int> print_format(Invocation& in, const Json& value, const std::string& name, const std::string& type) {
  Console& console = in.session.console;
  const auto named = [&](const Error& error) {
    return replace_all(replace_all(error.message(), "template: :", "template: " + name + ":"), "executing \"\"", "executing " + go_quote(name)) + "\n";
  };
  const auto shape = GoTemplate::parse(in.flags.text("format"));
  if (!shape.ok()) {
    console.err("template parsing error: " + named(shape.error()));
    return 64;
  }
  const auto text = shape.value().execute({value, nullptr, type});
  console.out((text.ok() ? text.value() : "") + "\n");
  if (text.ok()) return 0;
  console.err(named(text.error()));
  return 1;
}

}  // namespace

std::span<const FlagSpec> version_flags() { return kFlags; }
std::span<const FlagSpec> info_flags() { return kFlags; }

Result<int> version_handler(Invocation& in) {
  auto server = daemon(in.session.client.get("/version"));
  if (in.flags.changed("format")) {
    Json both = Json::object();
    both["Client"] = client_version();
    both["Server"] = server.ok() ? server.value() : Json();
    if (server.ok()) return print_format(in, both, "version", "system.versionInfo");
    in.session.console.out("\n");
    return std::move(server).error();
  }
  std::string out = client_text();
  if (server.ok()) out += "\n" + server_text(server.value());
  in.session.console.out(align_tabs(out, kVersionLayout));
  if (!server.ok()) return std::move(server).error();
  return 0;
}

Result<int> info_handler(Invocation& in) {
  auto info = daemon(in.session.client.get("/info"));
  if (!info.ok()) {
    in.session.console.out("Client:\n Context:    default\n Debug Mode: false\n\nServer:\nERROR: " + info.error().message() + "\n");
    in.session.console.err("errors pretty printing info\n");
    return 1;
  }
  if (in.flags.changed("format")) return print_format(in, info.value(), "", "system.info");
  in.session.console.out(InfoText(info.value()).run());
  for (const std::string& warning : json_strings(info.value(), "Warnings")) in.session.console.err(warning + "\n");
  return 0;
}

}  // namespace strates::cli
