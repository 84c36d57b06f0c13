// docker ps: github.com/docker/cli 20.10, cli/command/container/list.go and formatter/container.go.
#include <algorithm>
#include <tuple>

#include "base/json_full.hpp"
#include "base/names.hpp"
#include "base/strings.hpp"
#include "cli/commands/all.hpp"
#include "cli/commands/container_rows.hpp"
#include "cli/daemon.hpp"
#include "cli/listing.hpp"
#include "cli/units.hpp"
#include "image/reference.hpp"

namespace strates::cli {

namespace {

constexpr FlagSpec kFlags[] = {
    bool_flag("all", 'a', "Show all containers (default shows just running)"),
    filter_flag(),
    text_flag("format", 0, "Pretty-print containers using a Go template"),
    integer_flag("last", 'n', "Show n last created containers (includes all states)", "-1"),
    bool_flag("latest", 'l', "Show the latest created container (includes all states)"),
    bool_flag("no-trunc", 0, "Don't truncate output"),
    bool_flag("quiet", 'q', "Only display container IDs"),
    bool_flag("size", 's', "Display total file sizes"),
};

std::string shown_names(const Json& container, bool trunc) {
  std::vector<std::string> names;
  for (std::string name : json_strings(container, "Names")) {
    if (name.starts_with('/')) name.erase(0, 1);
    if (trunc && name.find('/') != std::string::npos) continue;  // a link's alias, not a name
    names.push_back(std::move(name));
  }
  return join(names, ",");
}

std::string shown_image(const Json& container, bool trunc) {
  const std::string name = json_string(container, "Image");
  if (name.empty()) return "<no image>";
  if (!trunc) return name;
  const std::string id = json_string(container, "ImageID");
  if (!id.empty() && short_id(id) == short_id(name)) return short_id(id);
  auto reference = image::parse_reference(name);
  if (!reference.ok()) return name;
  reference.value().digest.clear();
  return reference.value().familiar();
}

struct Port {
  std::int64_t inside = 0, outside = 0;
  std::string ip, protocol;
};

std::string port_range(std::int64_t first, std::int64_t last) {
  return first == last ? std::to_string(first) : std::to_string(first) + "-" + std::to_string(last);
}

// Neighbouring ports with the same address are shown as one range (formatter.DisplayablePorts).
std::string shown_ports(const Json& container) {
  std::vector<Port> ports;
  for (const Json& port : json_member(container, "Ports"))
    ports.push_back({json_int(port, "PrivatePort"), json_int(port, "PublicPort"), json_string(port, "IP"), json_string(port, "Type")});
  std::sort(ports.begin(), ports.end(),
            [](const Port& a, const Port& b) { return std::tie(a.inside, a.ip, a.outside, a.protocol) < std::tie(b.inside, b.ip, b.outside, b.protocol); });
  struct Group {
    std::string key;
    std::int64_t first, last;
  };
  std::vector<Group> open;
  std::vector<std::string> shown, mapped;
  const auto flush = [&](const Group& group) {
    const size_t slash = group.key.rfind('/');
    const std::string range = port_range(group.first, group.last), protocol = group.key.substr(slash);
    shown.push_back(slash == 0 ? range + protocol : group.key.substr(0, slash) + ":" + range + "->" + range + protocol);
  };
  for (const Port& port : ports) {
    if (!port.ip.empty() && port.outside != port.inside) {
      mapped.push_back(port.ip + ":" + std::to_string(port.outside) + "->" + std::to_string(port.inside) + "/" + port.protocol);
      continue;
    }
    const std::string key = port.ip + "/" + port.protocol;
    const auto group = std::find_if(open.begin(), open.end(), [&](const Group& g) { return g.key == key; });
    if (group == open.end()) {
      open.push_back({key, port.inside, port.inside});
    } else if (port.inside == group->last + 1) {
      group->last = port.inside;
    } else if (port.inside != group->last) {
      flush(*group);
      group->first = group->last = port.inside;
    }
  }
  for (const Group& group : open) flush(group);
  shown.insert(shown.end(), mapped.begin(), mapped.end());
  return join(shown, ", ");
}

std::string shown_size(const Json& container) {
  const std::string own = human_size(static_cast<double>(json_int(container, "SizeRw")), 3);
  const std::int64_t root = json_int(container, "SizeRootFs");
  return root > 0 ? own + " (virtual " + human_size(static_cast<double>(root), 3) + ")" : own;
}

std::string shown_labels(const Json& container) {
  std::vector<std::string> labels;
  for (const auto& [key, value] : json_member(container, "Labels").items()) labels.push_back(key + "=" + (value.is_string() ? value.get<std::string>() : dump_json(value)));
  return join(labels, ",");
}

Json row_of(const Json& container, bool trunc, Nanos now) {
  const Nanos created = json_int(container, "Created") * kSecond;
  const std::string id = json_string(container, "Id");
  std::vector<std::string> mounts, networks;
  std::int64_t volumes = 0;
  for (const Json& mount : json_member(container, "Mounts")) {
    const std::string name = json_string(mount, "Name").empty() ? json_string(mount, "Source") : json_string(mount, "Name");
    mounts.push_back(trunc ? ellipsis(name, 15) : name);
    volumes += json_string(mount, "Driver") == "local";
  }
  for (const auto& [name, network] : json_member(json_member(container, "NetworkSettings"), "Networks").items()) networks.push_back(name);
  const std::string command = json_string(container, "Command");
  Json row = Json::object();
  row["Command"] = go_quote(trunc ? ellipsis(command, 20) : command);
  row["CreatedAt"] = local_time(created);
  row["ID"] = trunc ? short_id(id) : id;
  row["Image"] = shown_image(container, trunc);
  row["Labels"] = shown_labels(container);
  row["LocalVolumes"] = std::to_string(volumes);
  row["Mounts"] = join(mounts, ",");
  row["Names"] = shown_names(container, trunc);
  row["Networks"] = join(networks, ",");
  row["Ports"] = shown_ports(container);
  row["RunningFor"] = human_duration(now - created) + " ago";
  row["Size"] = shown_size(container);
  row["State"] = json_string(container, "State");
  row["Status"] = json_string(container, "Status");
  return row;
}

const std::vector<Column> kColumns = {
    {"ID", "CONTAINER ID"}, {"Image", "IMAGE"}, {"Command", "COMMAND"}, {"CreatedAt", "CREATED AT"}, {"RunningFor", "CREATED"}, {"Ports", "PORTS"},
    {"State", "STATE"},     {"Status", "STATUS"}, {"Size", "SIZE"},     {"Names", "NAMES"},          {"Labels", "LABELS"},      {"LocalVolumes", "LOCAL VOLUMES"},
    {"Mounts", "MOUNTS"},   {"Networks", "NETWORKS"},
};

constexpr std::string_view kRaw =
    "container_id: {{.ID}}\nimage: {{.Image}}\ncommand: {{.Command}}\ncreated_at: {{.CreatedAt}}\nstate: {{- pad .State 1 0}}\nstatus: {{- pad .Status 1 0}}\nnames: {{.Names}}\n"
    "labels: {{- pad .Labels 1 0}}\nports: {{- pad .Ports 1 0}}\n";

}  // namespace

Json container_row(const Json& container, Truncate truncate, Nanos now) { return row_of(container, truncate == Truncate::Yes, now); }
const std::vector<Column>& container_columns() { return kColumns; }

std::span<const FlagSpec> ps_flags() { return kFlags; }

Result<int> ps_handler(Invocation& in) {
  const ParsedFlags& flags = in.flags;
  const std::string format = flags.text("format");
  const bool trunc = !flags.boolean("no-trunc"), quiet = flags.boolean("quiet");
  const bool size = flags.boolean("size") || (!quiet && (format.find(".Size") != std::string::npos || format.find("json .") != std::string::npos));
  std::int64_t last = flags.integer("last");
  if (flags.boolean("latest") && last == -1) last = 1;
  Query query;
  query.add_if(flags.boolean("all"), "all").add_if(last > 0, "limit", std::to_string(last)).add_if(size, "size");
  if (flags.changed("filter")) query.add("filters", TRY(filters_json(flags.list("filter"))));
  const Json containers = TRY(daemon(in.session.client.get(query.on("/containers/json"))));
  std::vector<Json> rows;
  for (const Json& container : containers) rows.push_back(row_of(container, trunc, in.session.clock.now()));
  Listing listing;
  listing.fields = kColumns;
  listing.default_format = "table {{.ID}}\t{{.Image}}\t{{.Command}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}\t{{.Names}}";
  if (flags.boolean("size")) listing.default_format += "\t{{.Size}}";
  listing.raw_format = std::string(kRaw) + (flags.boolean("size") ? "size: {{.Size}}\n" : "");
  if (quiet) listing.default_format = "{{.ID}}";
  if (quiet) listing.raw_format = "container_id: {{.ID}}";
  listing.go_type = "*formatter.ContainerContext";
  listing.parse_error = "failed to parse template: ";
  listing.execute_error = "failed to execute template: ";
  listing.method = [&](size_t row, std::string_view method, const std::vector<std::string>& arguments) -> std::optional<std::string> {
    if (method != "Label" || arguments.size() != 1) return std::nullopt;
    return json_string(json_member(containers[row], "Labels"), arguments[0]);
  };
  in.session.console.out(TRY(render_listing(listing, format, rows)));
  return 0;
}

}  // namespace strates::cli
