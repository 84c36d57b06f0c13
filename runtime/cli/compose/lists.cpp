// compose ps, images, ls, top, port, events: what there is.
#include <algorithm>
#include <charconv>
#include <csignal>

#include "base/json_full.hpp"
#include "base/names.hpp"
#include "base/strings.hpp"
#include "cli/commands/container_rows.hpp"
#include "cli/compose/handlers.hpp"
#include "cli/compose/stopping.hpp"
#include "cli/daemon.hpp"
#include "cli/tab_table.hpp"
#include "cli/units.hpp"

namespace strates::cli {

namespace {

constexpr FlagSpec kPsFlags[] = {
    bool_flag("all", 'a', "Show all stopped containers (including those created by the run command)"),
    list_flag("filter", 0, "Filter services by a property (supported filters: status)."),
    text_flag("format", 0, "Format the output. Values: [table | json]", "table"),
    bool_flag("quiet", 'q', "Only display IDs"),
    bool_flag("services", 0, "Display services"),
    list_flag("status", 0, "Filter services by status. Values: [paused | restarting | removing | running | dead | created | exited]"),
};
constexpr FlagSpec kImagesFlags[] = {text_flag("format", 0, "Format the output. Values: [table | json].", "table"), bool_flag("quiet", 'q', "Only display IDs")};
constexpr FlagSpec kLsFlags[] = {
    bool_flag("all", 'a', "Show all stopped Compose projects"), list_flag("filter", 0, "Filter output based on conditions provided."),
    text_flag("format", 0, "Format the output. Values: [table | json].", "table"), bool_flag("quiet", 'q', "Only display IDs."),
};
constexpr FlagSpec kPortFlags[] = {integer_flag("index", 0, "Index of the container if service has multiple replicas", "1"), text_flag("protocol", 0, "tcp or udp", "tcp")};
constexpr FlagSpec kEventsFlags[] = {bool_flag("json", 0, "Output events as a stream of json objects")};

constexpr TabLayout kComposeLayout{20, 3};

Result<void> check_services(const compose::Project& project, const std::vector<std::string>& names) {
  for (const std::string& name : names)
    if (project.find(name) == nullptr && std::none_of(project.disabled.begin(), project.disabled.end(), [&](const compose::Service& service) { return service.name == name; }))
      return compose_refusal("no such service: " + name);
  return success();
}

std::string service_of(const Json& row) { return json_string(json_member(row, "Labels"), label::kService); }
bool wanted(const std::vector<std::string>& names, const std::string& name) { return names.empty() || std::find(names.begin(), names.end(), name) != names.end(); }

std::string name_of(const Json& row) {
  const auto names = json_strings(row, "Names");
  return names.empty() ? "" : names.front().substr(names.front().starts_with('/') ? 1 : 0);
}

Json publishers(const Json& row) {
  Json out = Json::array();
  for (const Json& port : json_member(row, "Ports"))
    out.push_back({{"URL", json_string(port, "IP")}, {"TargetPort", json_int(port, "PrivatePort")}, {"PublishedPort", json_int(port, "PublicPort")}, {"Protocol", json_string(port, "Type")}});
  return out;
}

std::string health_of(const std::string& status) {
  for (const std::string_view health : {"healthy", "unhealthy", "starting"})
    if (status.find("(" + std::string(health) + ")") != std::string::npos || status.find(": " + std::string(health) + ")") != std::string::npos) return std::string(health);
  return {};
}

int exit_code_of(const std::string& status) {
  int code = 0;
  if (const size_t at = status.find("Exited ("); at != std::string::npos) std::from_chars(status.data() + at + 8, status.data() + status.size(), code);
  return code;
}

}  // namespace

std::span<const FlagSpec> compose_ps_flags() { return kPsFlags; }
std::span<const FlagSpec> compose_images_flags() { return kImagesFlags; }
std::span<const FlagSpec> compose_ls_flags() { return kLsFlags; }
std::span<const FlagSpec> compose_port_flags() { return kPortFlags; }
std::span<const FlagSpec> compose_top_flags() { return {}; }
std::span<const FlagSpec> compose_events_flags() { return kEventsFlags; }

Result<int> compose_ps(ComposeCall& call) {
  const compose::Project project = TRY(project_or_labels(call));
  TRY(check_services(project, call.args()));
  std::vector<std::string> states = call.flags.list("status");
  for (const std::string& filter : call.flags.list("filter")) {
    if (!filter.starts_with("status=")) return compose_refusal(filter.find('=') == std::string::npos ? "arguments to --filter should be in form KEY=VAL" : "unknown filter " + filter.substr(0, filter.find('=')));
    states.push_back(filter.substr(7));
  }
  const bool all = call.flags.boolean("all");
  Json rows = TRY(project_rows(call.session.client, project.name, all ? OneOff::Yes : OneOff::No));
  std::vector<Json> shown;
  for (Json& row : rows) {
    const std::string state = json_string(row, "State");
    if (!wanted(call.args(), service_of(row))) continue;
    if (!states.empty() ? std::find(states.begin(), states.end(), state) == states.end() : !all && state != "running" && state != "paused" && state != "restarting") continue;
    shown.push_back(std::move(row));
  }
  std::sort(shown.begin(), shown.end(), [](const Json& a, const Json& b) { return name_of(a) < name_of(b); });
  std::string out;
  if (call.flags.boolean("quiet")) {
    for (const Json& row : shown) out += json_string(row, "Id") + "\n";
  } else if (call.flags.boolean("services")) {
    std::vector<std::string> names;
    for (const Json& row : shown)
      if (std::find(names.begin(), names.end(), service_of(row)) == names.end()) names.push_back(service_of(row));
    for (const std::string& name : names) out += name + "\n";
  } else if (call.flags.text("format") == "json") {
    Json list = Json::array();
    for (const Json& row : shown) {
      const std::string status = json_string(row, "Status");
      list.push_back({{"ID", json_string(row, "Id")}, {"Name", name_of(row)}, {"Image", json_string(row, "Image")}, {"Command", json_string(row, "Command")}, {"Project", project.name}, {"Service", service_of(row)},
                      {"Created", json_int(row, "Created")}, {"State", json_string(row, "State")}, {"Status", status}, {"Health", health_of(status)}, {"ExitCode", exit_code_of(status)}, {"Publishers", publishers(row)}});
    }
    out = dump_json(list) + "\n";
  } else if (call.flags.text("format") != "table") {
    return compose_refusal("format value " + go_quote(call.flags.text("format")) + " could not be parsed: parsing failed");
  } else {
    out = "NAME\tIMAGE\tCOMMAND\tSERVICE\tCREATED\tSTATUS\tPORTS\n";
    for (const Json& row : shown) {
      const Json line = container_row(row, Truncate::Yes, call.session.clock.now());
      out += name_of(row) + "\t" + json_string(row, "Image") + "\t" + json_string(line, "Command") + "\t" + service_of(row) + "\t" + json_string(line, "RunningFor") + "\t" + json_string(line, "Status") + "\t" + json_string(line, "Ports") + "\n";
    }
    out = align_tabs(out, kComposeLayout);
  }
  call.console().out(out);
  return 0;
}

Result<int> compose_images(ComposeCall& call) {
  const compose::Project project = TRY(project_or_labels(call));
  TRY(check_services(project, call.args()));
  std::string table = "CONTAINER\tREPOSITORY\tTAG\tIMAGE ID\tSIZE\n";
  std::string ids;
  Json list = Json::array();
  for (const ProjectContainer& container : TRY(project_containers(call.session.client, project.name, OneOff::No))) {
    if (!wanted(call.args(), container.service)) continue;
    const Json image = TRY(daemon(call.session.client.get("/images/" + path_name(container.image_id) + "/json")));
    std::string repository = "<none>", tag = "<none>";
    const auto tags = json_strings(image, "RepoTags");
    // The name that the container was made from, when the image still has it.
    const std::string named = with_tag_shown(container.image);
    std::string name = tags.empty() ? "" : tags.front();
    if (std::find(tags.begin(), tags.end(), named) != tags.end()) name = named;
    if (const size_t colon = name.rfind(':'); colon != std::string::npos) repository = name.substr(0, colon), tag = name.substr(colon + 1);
    const std::string id = json_string(image, "Id");
    table += container.name + "\t" + repository + "\t" + tag + "\t" + short_id(id) + "\t" + human_size(static_cast<double>(json_int(image, "Size")), 3) + "\n";
    if (ids.find(id) == std::string::npos) ids += id.substr(id.find(':') + 1) + "\n";
    list.push_back({{"ID", id}, {"ContainerName", container.name}, {"Repository", repository}, {"Tag", tag}, {"Size", json_int(image, "Size")}});
  }
  call.console().out(call.flags.boolean("quiet") ? ids : call.flags.text("format") == "json" ? dump_json(list) + "\n" : align_tabs(table, kComposeLayout));
  return 0;
}

Result<int> compose_ls(ComposeCall& call) {
  struct Known {
    std::map<std::string, int> states;
    std::string files;
  };
  std::map<std::string, Known> projects;
  for (const ProjectContainer& container : TRY(project_containers(call.session.client, "", OneOff::No))) {
    Known& known = projects[container.label(label::kProject)];
    ++known.states[container.state];
    known.files = container.label(label::kFiles);
  }
  std::string table = "NAME\tSTATUS\tCONFIG FILES\n", names;
  Json list = Json::array();
  for (const auto& [name, known] : projects) {
    const bool active = known.states.contains("running") || known.states.contains("paused") || known.states.contains("restarting");
    if (!active && !call.flags.boolean("all")) continue;
    const auto filters = call.flags.list("filter");
    if (!std::all_of(filters.begin(), filters.end(), [&](const std::string& filter) { return filter.starts_with("name=") && name.find(filter.substr(5)) != std::string::npos; })) continue;
    std::vector<std::string> states;
    for (const auto& [state, count] : known.states) states.push_back(state + "(" + std::to_string(count) + ")");
    table += name + "\t" + join(states, ", ") + "\t" + known.files + "\n";
    names += name + "\n";
    list.push_back({{"Name", name}, {"Status", join(states, ", ")}, {"ConfigFiles", known.files}});
  }
  call.console().out(call.flags.boolean("quiet") ? names : call.flags.text("format") == "json" ? dump_json(list) + "\n" : align_tabs(table, kComposeLayout));
  return 0;
}

Result<int> compose_top(ComposeCall& call) {
  const compose::Project project = TRY(project_or_labels(call));
  TRY(check_services(project, call.args()));
  for (const ProjectContainer& container : TRY(project_containers(call.session.client, project.name, OneOff::No))) {
    if (!wanted(call.args(), container.service) || container.state != "running") continue;
    const Json answer = TRY(daemon(call.session.client.get("/containers/" + container.id + "/top")));
    std::string table = join(json_strings(answer, "Titles"), "\t") + "\n";
    for (const Json& process : json_member(answer, "Processes")) {
      std::vector<std::string> cells;
      for (const Json& cell : process) cells.push_back(cell.is_string() ? cell.get<std::string>() : dump_json(cell));
      table += join(cells, "\t") + "\n";
    }
    call.console().out(container.name + "\n" + align_tabs(table, {5, 3}) + "\n");
  }
  return 0;
}

Result<int> compose_port(ComposeCall& call) {
  const compose::Project project = TRY(project_or_labels(call));
  const std::string& service = call.args()[0];
  TRY(check_services(project, {service}));
  for (const ProjectContainer& container : TRY(project_containers(call.session.client, project.name, OneOff::No))) {
    if (container.service != service || container.number != call.flags.integer("index")) continue;
    const Json seen = TRY(inspect_container(call.session.client, container.id));
    const Json& ports = json_member(json_member(seen, "NetworkSettings"), "Ports");
    const Json& bindings = json_member(ports, call.args()[1] + "/" + to_lower(call.flags.text("protocol")));
    if (!bindings.is_array() || bindings.empty()) return compose_refusal("no port " + call.args()[1] + "/" + call.flags.text("protocol") + " for container " + container.name);
    call.console().out(json_string(bindings[0], "HostIp") + ":" + json_string(bindings[0], "HostPort") + "\n");
    return 0;
  }
  return compose_refusal("service " + go_quote(service) + " is not running");
}

Result<int> compose_events(ComposeCall& call) {
  const compose::Project project = TRY(project_or_labels(call));
  TRY(check_services(project, call.args()));
  const Json filters = {{"type", {"container"}}, {"label", {std::string(label::kProject) + "=" + project.name}}};
  api::ClientRequest request;
  request.target = Query().add("filters", dump_json(filters)).on("/events");
  const bool json = call.flags.boolean("json");
  return [&]() -> Result<int> {
    TRY(daemon(call.session.client.json_lines(std::move(request), [&](const Json& event) {
      const Json& actor = json_member(event, "Actor");
      const Json& attributes = json_member(actor, "Attributes");
      const std::string service = json_string(attributes, label::kService);
      if (!wanted(call.args(), service) || equal_ignoring_case(json_string(attributes, label::kOneOff), "true")) return true;
      std::map<std::string, std::string> rest;
      for (const auto& [key, value] : attributes.items())
        if (!key.starts_with("com.docker.compose.") && value.is_string()) rest[key] = value.get<std::string>();
      const Nanos at = json_int(event, "timeNano");
      if (json) {
        Json line = {{"time", local_rfc3339_nanos(at)}, {"type", "container"}, {"service", service}, {"id", json_string(actor, "ID")}, {"action", json_string(event, "Action")}, {"attributes", Json::object()}};
        for (const auto& [key, value] : rest) line["attributes"][key] = value;
        call.console().out(dump_json(line) + "\n");
      } else {
        std::vector<std::string> parts;
        for (const auto& [key, value] : rest) parts.push_back(key + "=" + value);
        call.console().out(replace_all(rfc3339(at).substr(0, 19), "T", " ") + " container " + json_string(event, "Action") + " " + json_string(actor, "ID") + " (" + join(parts, ", ") + ")\n");
      }
      return !call.console().out_is_gone();
    })));
    return 0;
  }();
}

}  // namespace strates::cli
