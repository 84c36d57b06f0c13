// docker volume: cli/command/volume of docker/cli 20.10.
#include <algorithm>

#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "cli/commands/all.hpp"
#include "cli/daemon.hpp"
#include "cli/listing.hpp"
#include "cli/natural_order.hpp"
#include "cli/units.hpp"

namespace strates::cli {

namespace {

constexpr FlagSpec kCreateFlags[] = {
    text_flag("driver", 'd', "Specify volume driver name", "local"),
    list_flag("label", 0, "Set metadata for a volume", check_label),
    {"name", 0, FlagKind::Text, "string", {}, {}, FlagSupport::Hidden},  // Docker's old way
    {"opt", 'o', FlagKind::List, "map", "Set driver specific options", "map[]"},
};
constexpr FlagSpec kListFlags[] = {
    {"filter", 'f', FlagKind::List, "filter", "Provide filter values (e.g. 'dangling=true')", {}, FlagSupport::Yes, check_filter},
    text_flag("format", 0, "Pretty-print volumes using a Go template"),
    bool_flag("quiet", 'q', "Only display volume names"),
};
constexpr FlagSpec kPruneFlags[] = {
    {"filter", 0, FlagKind::List, "filter", "Provide filter values (e.g. 'label=<label>')", {}, FlagSupport::Yes, check_filter},
    bool_flag("force", 'f', "Do not prompt for confirmation"),
};
constexpr FlagSpec kRemoveFlags[] = {bool_flag("force", 'f', "Force the removal of one or more volumes")};

const std::vector<Column> kColumns = {
    {"Name", "VOLUME NAME"}, {"Driver", "DRIVER"}, {"Scope", "SCOPE"}, {"Mountpoint", "MOUNTPOINT"}, {"Labels", "LABELS"}, {"Links", "LINKS"}, {"Size", "SIZE"},
};

Json row_of(const Json& volume) {
  std::vector<std::string> labels;
  for (const auto& [key, value] : json_member(volume, "Labels").items()) labels.push_back(key + "=" + (value.is_string() ? value.get<std::string>() : ""));
  std::sort(labels.begin(), labels.end());
  return {{"Driver", json_string(volume, "Driver")}, {"Labels", join(labels, ",")}, {"Links", "N/A"}, {"Mountpoint", json_string(volume, "Mountpoint")},
          {"Name", json_string(volume, "Name")}, {"Scope", json_string(volume, "Scope")}, {"Size", "N/A"}};
}

// Docker's question: anything but "y" is no.
bool confirmed(Console& console, std::string_view warning) {
  console.out(std::string(warning) + "\nAre you sure you want to continue? [y/N] ");
  InputSource input(console);
  std::string answer;
  char c = 0;
  for (;;) {
    const auto got = input.read({&c, 1});
    if (!got.ok() || got.value() == 0 || c == '\n') break;
    if (answer.size() < 64) answer += c;
  }
  return to_lower(trim(answer)) == "y";
}

}  // namespace

std::span<const FlagSpec> volume_create_flags() { return kCreateFlags; }
std::span<const FlagSpec> volume_ls_flags() { return kListFlags; }
std::span<const FlagSpec> volume_prune_flags() { return kPruneFlags; }
std::span<const FlagSpec> volume_rm_flags() { return kRemoveFlags; }

Result<int> volume_create_handler(Invocation& in) {
  std::string name = in.flags.text("name");
  if (!in.args().empty()) {
    if (!name.empty()) return docker_error(ErrorKind::Invalid, "cli.volume", "conflicting options: either specify --name or provide positional arg, not both");
    name = in.args()[0];
  }
  const Json body = {{"Driver", in.flags.text("driver")}, {"DriverOpts", pairs_json(in.flags.list("opt"))}, {"Labels", pairs_json(in.flags.list("label"))}, {"Name", name}};
  const Json volume = TRY(daemon(in.session.client.post("/volumes/create", body)));
  in.session.console.out(json_string(volume, "Name") + "\n");
  return 0;
}

Result<int> volume_ls_handler(Invocation& in) {
  Query query;
  if (in.flags.changed("filter")) query.add("filters", TRY(filters_json(in.flags.list("filter"))));
  const Json reply = TRY(daemon(in.session.client.get(query.on("/volumes"))));
  std::vector<Json> volumes;
  for (const Json& volume : json_member(reply, "Volumes")) volumes.push_back(volume);
  std::stable_sort(volumes.begin(), volumes.end(), [](const Json& a, const Json& b) { return natural_less(json_string(a, "Name"), json_string(b, "Name")); });
  std::vector<Json> rows;
  for (const Json& volume : volumes) rows.push_back(row_of(volume));
  Listing listing;
  listing.fields = kColumns;
  const bool quiet = in.flags.boolean("quiet");
  listing.raw_format = quiet ? "name: {{.Name}}" : "name: {{.Name}}\ndriver: {{.Driver}}\n";
  listing.default_format = quiet ? "{{.Name}}" : "table {{.Driver}}\t{{.Name}}";
  listing.go_type = "*formatter.volumeContext";
  listing.method = [&](size_t row, std::string_view method, const std::vector<std::string>& arguments) -> std::optional<std::string> {
    if (method != "Label" || arguments.size() != 1) return std::nullopt;
    return json_string(json_member(volumes[row], "Labels"), arguments[0]);
  };
  in.session.console.out(TRY(render_listing(listing, in.flags.text("format"), rows)));
  return 0;
}

Result<int> volume_rm_handler(Invocation& in) {
  Query query;
  query.add_if(in.flags.boolean("force"), "force");
  std::vector<std::string> errors;
  for (const std::string& name : in.args()) {
    const auto done = daemon_object(in.session.client.remove(query.on("/volumes/" + path_name(name))), "volume", name);
    if (done.ok()) in.session.console.out(name + "\n");
    else errors.push_back(done.error().message());
  }
  return joined(errors);
}

Result<int> volume_prune_handler(Invocation& in) {
  Console& console = in.session.console;
  std::string out;
  std::int64_t bytes = 0;
  if (in.flags.boolean("force") || confirmed(console, "WARNING! This will remove all local volumes not used by at least one container.")) {
    Query query;
    query.add("filters", in.flags.changed("filter") ? TRY(filters_json(in.flags.list("filter"))) : "{}");
    const Json reply = TRY(daemon(in.session.client.post(query.on("/volumes/prune"), Json())));
    bytes = json_int(reply, "SpaceReclaimed");
    const auto names = json_strings(reply, "VolumesDeleted");
    if (!names.empty()) out = "Deleted Volumes:\n" + join(names, "\n") + "\n\n";
  }
  console.out(out + "Total reclaimed space: " + human_size(static_cast<double>(bytes)) + "\n");
  return 0;
}

}  // namespace strates::cli
