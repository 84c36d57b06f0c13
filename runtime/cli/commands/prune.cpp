// docker builder prune, image prune, system prune: cli/command/image/prune.go and system/prune.go of docker/cli 20.10.
#include <algorithm>

#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "cli/commands/all.hpp"
#include "cli/confirmation.hpp"
#include "cli/daemon.hpp"
#include "cli/units.hpp"

namespace strates::cli {

namespace {

constexpr FlagSpec prune_filter(std::string_view help) { return {"filter", 0, FlagKind::List, "filter", help, {}, FlagSupport::Yes, check_filter}; }

constexpr FlagSpec kImageFlags[] = {
    bool_flag("all", 'a', "Remove all unused images, not just dangling ones"),
    prune_filter("Provide filter values (e.g. 'until=<timestamp>')"),
    bool_flag("force", 'f', "Do not prompt for confirmation"),
};
constexpr FlagSpec kSystemFlags[] = {
    bool_flag("all", 'a', "Remove all unused images not just dangling ones"),
    prune_filter("Provide filter values (e.g. 'label=<key>=<value>')"),
    bool_flag("force", 'f', "Do not prompt for confirmation"),
    bool_flag("volumes", 0, "Prune volumes"),
};

constexpr FlagSpec kBuilderFlags[] = {
    bool_flag("all", 'a', "Remove all unused build cache, not just dangling ones"),
    prune_filter("Provide filter values (e.g. 'until=24h')"),
    bool_flag("force", 'f', "Do not prompt for confirmation"),
    bytes_flag("keep-storage", 0, "Amount of disk space to keep for cache"),
};

constexpr std::string_view kAllCache = "WARNING! This will remove all build cache. Are you sure you want to continue?";
constexpr std::string_view kDanglingCache = "WARNING! This will remove all dangling build cache. Are you sure you want to continue?";
constexpr std::string_view kAllImages = "WARNING! This will remove all images without at least one container associated to them.\nAre you sure you want to continue?";
constexpr std::string_view kDanglingImages = "WARNING! This will remove all dangling images.\nAre you sure you want to continue?";

struct Pruned {
  std::uint64_t bytes = 0;
  std::string text;
};

// What an engine does not have, it has none of to prune.
Result<Json> ask(Invocation& in, std::string_view path, const std::vector<std::string>& filters, Query query = {}) {
  if (!filters.empty()) query.add("filters", TRY(filters_json(filters)));
  auto reply = in.session.client.post(query.on(path), Json());
  if (!reply.ok() && is_from_daemon(reply.error()) && reply.error().kind == ErrorKind::NotImplemented) return Json::object();
  return daemon(std::move(reply));
}

Result<Pruned> prune_images(Invocation& in) {
  std::vector<std::string> filters = in.flags.list("filter");
  filters.push_back(in.flags.boolean("all") ? "dangling=false" : "dangling=true");
  const Json report = TRY(ask(in, "/images/prune", filters));
  Pruned out;
  for (const Json& item : json_member(report, "ImagesDeleted")) {
    const std::string untagged = json_string(item, "Untagged");
    out.text += untagged.empty() ? "deleted: " + json_string(item, "Deleted") + "\n" : "untagged: " + untagged + "\n";
  }
  if (out.text.empty()) return out;
  out.text.insert(0, "Deleted Images:\n");
  out.bytes = static_cast<std::uint64_t>(json_int(report, "SpaceReclaimed"));
  return out;
}

// Objects that are told by their names alone.
Result<Pruned> prune_names(Invocation& in, std::string_view path, std::string_view member, std::string_view title, Query query = {}) {
  const Json report = TRY(ask(in, path, in.flags.list("filter"), std::move(query)));
  const auto names = json_strings(report, member);
  Pruned out;
  if (names.empty()) return out;
  out.text = std::string(title) + ":\n" + join(names, "\n") + "\n";
  out.bytes = static_cast<std::uint64_t>(json_int(report, "SpaceReclaimed"));
  return out;
}

void say_total(Invocation& in, std::uint64_t bytes) { in.session.console.out("Total reclaimed space: " + human_size(static_cast<double>(bytes)) + "\n"); }

Result<Pruned> prune_cache(Invocation& in, std::int64_t keep) {
  Query query;
  query.add_if(in.flags.boolean("all"), "all").add_if(keep > 0, "keep-storage", std::to_string(keep));
  return prune_names(in, "/build/prune", "CachesDeleted", "Deleted build cache objects", std::move(query));
}

std::string system_warning(const ParsedFlags& flags) {
  const bool all = flags.boolean("all");
  std::string out = "WARNING! This will remove:\n  - all stopped containers\n  - all networks not used by at least one container\n";
  if (flags.boolean("volumes")) out += "  - all volumes not used by at least one container\n";
  out += all ? "  - all images without at least one container associated to them\n  - all build cache\n" : "  - all dangling images\n  - all dangling build cache\n";
  std::vector<std::string> filters = flags.list("filter");
  std::sort(filters.begin(), filters.end());
  if (!filters.empty()) out += "\n  Items to be pruned will be filtered with:\n";
  for (const std::string& filter : filters) out += "  - " + filter + "\n";
  return out + "\nAre you sure you want to continue?";
}

}  // namespace

std::span<const FlagSpec> image_prune_flags() { return kImageFlags; }
std::span<const FlagSpec> system_prune_flags() { return kSystemFlags; }
std::span<const FlagSpec> builder_prune_flags() { return kBuilderFlags; }

Result<int> builder_prune_handler(Invocation& in) {
  Pruned pruned;
  if (in.flags.boolean("force") || confirmed(in.session.console, in.flags.boolean("all") ? kAllCache : kDanglingCache)) pruned = TRY(prune_cache(in, in.flags.bytes("keep-storage")));
  if (!pruned.text.empty()) in.session.console.out(pruned.text + "\n");
  say_total(in, pruned.bytes);
  return 0;
}

Result<int> image_prune_handler(Invocation& in) {
  Pruned pruned;
  if (in.flags.boolean("force") || confirmed(in.session.console, in.flags.boolean("all") ? kAllImages : kDanglingImages)) pruned = TRY(prune_images(in));
  if (!pruned.text.empty()) in.session.console.out(pruned.text + "\n");
  say_total(in, pruned.bytes);
  return 0;
}

Result<int> system_prune_handler(Invocation& in) {
  const bool volumes = in.flags.boolean("volumes");
  const auto filters = in.flags.list("filter");
  if (volumes && std::any_of(filters.begin(), filters.end(), [](const std::string& filter) { return filter.starts_with("until="); }))
    return docker_error(ErrorKind::Invalid, "cli.prune", "ERROR: The \"until\" filter is not supported with \"--volumes\"");
  if (!in.flags.boolean("force") && !confirmed(in.session.console, system_warning(in.flags))) return 0;
  std::uint64_t bytes = 0;
  const auto show = [&](const Pruned& pruned) {
    bytes += pruned.bytes;
    if (!pruned.text.empty()) in.session.console.out(pruned.text + "\n");
  };
  show(TRY(prune_names(in, "/containers/prune", "ContainersDeleted", "Deleted Containers")));
  show(TRY(prune_names(in, "/networks/prune", "NetworksDeleted", "Deleted Networks")));
  if (volumes) show(TRY(prune_names(in, "/volumes/prune", "VolumesDeleted", "Deleted Volumes")));
  show(TRY(prune_images(in)));
  show(TRY(prune_cache(in, 0)));
  say_total(in, bytes);
  return 0;
}

}  // namespace strates::cli
