// docker system df: cli/command/formatter/disk_usage.go of docker/cli 20.10.
#include "base/json_full.hpp"
#include "base/names.hpp"
#include "base/strings.hpp"
#include "cli/commands/all.hpp"
#include "cli/commands/container_rows.hpp"
#include "cli/daemon.hpp"
#include "cli/go_template.hpp"
#include "cli/listing.hpp"
#include "cli/units.hpp"
#include "image/reference.hpp"

namespace strates::cli {

namespace {

constexpr FlagSpec kFlags[] = {
    text_flag("format", 0, "Pretty-print images using a Go template"),
    bool_flag("verbose", 'v', "Show detailed information on space usage"),
};

std::string size_text(std::int64_t bytes) { return human_size(static_cast<double>(bytes)); }

std::string reclaimable(std::int64_t bytes, std::int64_t total) {
  return size_text(bytes) + (total > 0 ? " (" + std::to_string(bytes * 100 / total) + "%)" : "");
}

Json kind_row(std::string_view type, size_t count, size_t active, const std::string& size, const std::string& reclaim) {
  return {{"Active", std::to_string(active)}, {"Reclaimable", reclaim}, {"Size", size}, {"TotalCount", std::to_string(count)}, {"Type", type}};
}

Json images_row(const Json& usage) {
  const Json& images = json_member(usage, "Images");
  const std::int64_t total = json_int(usage, "LayersSize");
  size_t active = 0;
  std::int64_t used = 0;
  for (const Json& image : images) {
    const std::int64_t shared = json_int(image, "SharedSize", -1), size = json_int(image, "VirtualSize", json_int(image, "Size"));
    if (json_int(image, "Containers") > 0) ++active;
    if (json_int(image, "Containers") != 0 && shared != -1) used += size - shared;
  }
  return kind_row("Images", images.size(), active, size_text(total), reclaimable(total - used, total));
}

Json containers_row(const Json& usage) {
  const Json& containers = json_member(usage, "Containers");
  size_t active = 0;
  std::int64_t total = 0, idle = 0;
  for (const Json& container : containers) {
    const std::string state = json_string(container, "State");
    const bool lives = state == "running" || state == "paused" || state == "restarting";
    active += lives ? 1 : 0;
    total += json_int(container, "SizeRw");
    idle += lives ? 0 : json_int(container, "SizeRw");
  }
  return kind_row("Containers", containers.size(), active, size_text(total), reclaimable(idle, total));
}

Json volumes_row(const Json& usage) {
  const Json& volumes = json_member(usage, "Volumes");
  size_t active = 0;
  std::int64_t total = 0, idle = 0;
  for (const Json& volume : volumes) {
    const Json& use = json_member(volume, "UsageData");
    const std::int64_t links = json_int(use, "RefCount"), size = json_int(use, "Size", -1);
    active += links > 0 ? 1 : 0;
    if (size == -1) continue;
    total += size;
    idle += links == 0 ? size : 0;
  }
  return kind_row("Local Volumes", volumes.size(), active, size_text(total), reclaimable(idle, total));
}

Json cache_row(const Json& usage) {
  const Json& cache = json_member(usage, "BuildCache");
  size_t active = 0;
  std::int64_t used = 0;
  for (const Json& record : cache) {
    const bool in_use = json_bool(record, "InUse");
    active += in_use ? 1 : 0;
    if (in_use && !json_bool(record, "Shared")) used += json_int(record, "Size");
  }
  const std::int64_t total = json_int(usage, "BuilderSize");
  return kind_row("Build Cache", cache.size(), active, size_text(total), size_text(total - used));
}

const std::vector<Column> kKinds = {{"Type", "TYPE"}, {"TotalCount", "TOTAL"}, {"Active", "ACTIVE"}, {"Size", "SIZE"}, {"Reclaimable", "RECLAIMABLE"}};
const std::vector<Column> kImages = {
    {"ID", "IMAGE ID"}, {"Repository", "REPOSITORY"}, {"Tag", "TAG"}, {"CreatedSince", "CREATED"}, {"VirtualSize", "SIZE"}, {"SharedSize", "SHARED SIZE"},
    {"UniqueSize", "UNIQUE SIZE"}, {"Containers", "CONTAINERS"},
};
const std::vector<Column> kVolumes = {{"Name", "VOLUME NAME"}, {"Links", "LINKS"}, {"Size", "SIZE"}};
const std::vector<Column> kCache = {{"ID", "CACHE ID"}, {"CacheType", "CACHE TYPE"}, {"Size", "SIZE"}, {"CreatedSince", "CREATED"}, {"LastUsedSince", "LAST USED"},
                                    {"UsageCount", "USAGE"}, {"Shared", "SHARED"}};

Json image_row(const Json& image, Truncate truncate, Nanos now) {
  const Nanos created = json_int(image, "Created") * kSecond;
  const std::int64_t size = json_int(image, "Size"), shared = json_int(image, "SharedSize", -1);
  const auto tags = json_strings(image, "RepoTags");
  std::string repository = "<none>", tag = "<none>";
  // The first name stands for all.
  if (!tags.empty() && tags.front() != "<none>:<none>") {
    if (const auto reference = image::parse_reference(tags.front()); reference.ok()) {
      repository = reference.value().familiar_name();
      tag = reference.value().tag;
    }
  }
  const std::string id = json_string(image, "Id");
  return {{"Containers", std::to_string(json_int(image, "Containers"))}, {"CreatedAt", local_time(created)}, {"CreatedSince", human_duration(now - created) + " ago"}, {"Digest", ""},
          {"ID", truncate == Truncate::Yes ? short_id(id) : id}, {"Repository", repository}, {"SharedSize", shared == -1 ? "N/A" : size_text(shared)},
          {"Size", human_size(static_cast<double>(size), 3)}, {"Tag", tag}, {"UniqueSize", shared == -1 ? "N/A" : size_text(size - shared)},
          {"VirtualSize", size_text(json_int(image, "VirtualSize", size))}};
}

Json volume_row(const Json& volume) {
  const Json& use = json_member(volume, "UsageData");
  const std::int64_t size = json_int(use, "Size", -1);
  return {{"Driver", json_string(volume, "Driver")}, {"Links", use.is_object() ? std::to_string(json_int(use, "RefCount")) : "N/A"},
          {"Mountpoint", json_string(volume, "Mountpoint")}, {"Name", json_string(volume, "Name")}, {"Scope", json_string(volume, "Scope")},
          {"Size", size == -1 ? "N/A" : size_text(size)}};
}

Json cache_record(const Json& record) {
  return {{"CacheType", json_string(record, "Type")}, {"CreatedSince", ""}, {"ID", json_string(record, "ID").substr(0, 12)}, {"LastUsedSince", ""},
          {"Shared", json_bool(record, "Shared") ? "true" : "false"}, {"Size", size_text(json_int(record, "Size"))}, {"UsageCount", std::to_string(json_int(record, "UsageCount"))}};
}

template <typename Row>
std::vector<Json> rows_of(const Json& list, const Row& row) {
  std::vector<Json> out;
  for (const Json& item : list) out.push_back(row(item));
  return out;
}

Result<std::string> table(const std::vector<Column>& columns, std::string_view format, const std::vector<Json>& rows) {
  Listing listing;
  listing.fields = columns;
  listing.default_format = std::string(format);
  return render_listing(listing, "", rows);
}

Result<std::string> verbose_text(const Json& usage, const std::string& format, Nanos now) {
  const bool tables = format.empty() || format == "table";
  const Truncate truncate = tables ? Truncate::Yes : Truncate::No;
  const auto images = rows_of(json_member(usage, "Images"), [&](const Json& image) { return image_row(image, truncate, now); });
  const auto containers = rows_of(json_member(usage, "Containers"), [&](Json container) {
    container["SizeRootFs"] = 0;  // the image's bytes are told above
    return container_row(container, truncate, now);
  });
  const auto volumes = rows_of(json_member(usage, "Volumes"), volume_row);
  const auto cache = rows_of(json_member(usage, "BuildCache"), cache_record);
  if (!tables) {
    const Json all = {{"Images", images}, {"Containers", containers}, {"Volumes", volumes}, {"BuildCache", cache}};
    const auto shape = GoTemplate::parse(unescape_format(format));
    if (!shape.ok()) return docker_error(ErrorKind::Invalid, "cli.template", "template parsing error: " + shape.error().message());
    return TRY(shape.value().execute({all, nullptr, "*formatter.diskUsageContext"})) + "\n";
  }
  std::string out = "Images space usage:\n\n";
  out += TRY(table(kImages, "table {{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{.CreatedSince}}\t{{.VirtualSize}}\t{{.SharedSize}}\t{{.UniqueSize}}\t{{.Containers}}", images));
  out += "\nContainers space usage:\n\n";
  out += TRY(table(container_columns(), "table {{.ID}}\t{{.Image}}\t{{.Command}}\t{{.LocalVolumes}}\t{{.Size}}\t{{.RunningFor}}\t{{.Status}}\t{{.Names}}", containers));
  out += "\nLocal Volumes space usage:\n\n";
  out += TRY(table(kVolumes, "table {{.Name}}\t{{.Links}}\t{{.Size}}", volumes));
  out += "\nBuild cache usage: " + json_string(cache_row(usage), "Size") + "\n\n";
  return out + TRY(table(kCache, "table {{.ID}}\t{{.CacheType}}\t{{.Size}}\t{{.CreatedSince}}\t{{.LastUsedSince}}\t{{.UsageCount}}\t{{.Shared}}", cache));
}

}  // namespace

std::span<const FlagSpec> system_df_flags() { return kFlags; }

Result<int> system_df_handler(Invocation& in) {
  const Json usage = TRY(daemon(in.session.client.get("/system/df")));
  const std::string format = in.flags.text("format");
  if (in.flags.boolean("verbose")) {
    in.session.console.out(TRY(verbose_text(usage, format, in.session.clock.now())));
    return 0;
  }
  Listing listing;
  listing.fields = kKinds;
  listing.default_format = "table {{.Type}}\t{{.TotalCount}}\t{{.Active}}\t{{.Size}}\t{{.Reclaimable}}";
  listing.raw_format = "type: {{.Type}}\ntotal: {{.TotalCount}}\nactive: {{.Active}}\nsize: {{.Size}}\nreclaimable: {{.Reclaimable}}\n";
  listing.go_type = "*formatter.diskUsageImagesContext";
  in.session.console.out(TRY(render_listing(listing, format, {images_row(usage), containers_row(usage), volumes_row(usage), cache_row(usage)})));
  return 0;
}

}  // namespace strates::cli
