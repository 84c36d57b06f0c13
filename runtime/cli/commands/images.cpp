// docker images: cli/command/image/list.go and formatter/image.go of docker/cli 20.10.
#include <algorithm>

#include "base/json_full.hpp"
#include "base/names.hpp"
#include "base/strings.hpp"
#include "cli/commands/all.hpp"
#include "cli/daemon.hpp"
#include "cli/listing.hpp"
#include "cli/units.hpp"

namespace strates::cli {

namespace {

constexpr FlagSpec kFlags[] = {
    bool_flag("all", 'a', "Show all images (default hides intermediate images)"),
    bool_flag("digests", 0, "Show digests"),
    filter_flag(),
    text_flag("format", 0, "Pretty-print images using a Go template"),
    bool_flag("no-trunc", 0, "Don't truncate output"),
    bool_flag("quiet", 'q', "Only show image IDs"),
};

struct Name {
  std::string repository, tag, digest;
};

constexpr const char* kNone = "<none>";

std::pair<std::string, std::string> cut_last(const std::string& text, char mark) {
  const size_t at = text.rfind(mark);
  return at == std::string::npos ? std::pair{text, std::string()} : std::pair{text.substr(0, at), text.substr(at + 1)};
}

// The rows of one image: one a tag, and with --digests one a digest.
std::vector<Name> names_of(const Json& image, bool digests) {
  std::vector<std::string> tags = json_strings(image, "RepoTags"), digest_names = json_strings(image, "RepoDigests");
  std::erase(tags, "<none>:<none>");
  std::erase(digest_names, "<none>@<none>");
  if (tags.empty() && digest_names.empty()) return {{kNone, kNone, kNone}};
  std::vector<Name> out;
  std::vector<std::string> tagged;
  for (const std::string& full : tags) {
    const auto [repository, tag] = cut_last(full, ':');
    tagged.push_back(repository);
    bool any = false;
    for (const std::string& digest_name : digest_names) {
      const auto [name, digest] = cut_last(digest_name, '@');
      if (!digests || name != repository) continue;
      out.push_back({repository, tag, digest});
      any = true;
    }
    if (!any) out.push_back({repository, tag, kNone});
  }
  for (const std::string& digest_name : digest_names) {
    const auto [repository, digest] = cut_last(digest_name, '@');
    if (std::find(tagged.begin(), tagged.end(), repository) != tagged.end()) continue;
    if (!digests) tagged.push_back(repository);  // without --digests, once
    out.push_back({repository, kNone, digest});
  }
  return out;
}

Json row_of(const Json& image, const Name& name, bool trunc, Nanos now) {
  const Nanos created = json_int(image, "Created") * kSecond;
  const std::string id = json_string(image, "Id"), size = human_size(static_cast<double>(json_int(image, "Size")), 3);
  Json row = Json::object();
  row["Containers"] = "N/A";
  row["CreatedAt"] = local_time(created);
  row["CreatedSince"] = human_duration(now - created) + " ago";
  row["Digest"] = name.digest;
  row["ID"] = trunc ? short_id(id) : id;
  row["Repository"] = name.repository;
  row["SharedSize"] = "N/A";
  row["Size"] = size;
  row["Tag"] = name.tag;
  row["UniqueSize"] = "N/A";
  row["VirtualSize"] = human_size(static_cast<double>(json_int(image, "VirtualSize", json_int(image, "Size"))));
  return row;
}

const std::vector<Column> kColumns = {
    {"ID", "IMAGE ID"}, {"Repository", "REPOSITORY"}, {"Tag", "TAG"}, {"Digest", "DIGEST"}, {"CreatedSince", "CREATED"}, {"CreatedAt", "CREATED AT"},
    {"Size", "SIZE"},   {"Containers", "CONTAINERS"}, {"VirtualSize", "SIZE"}, {"SharedSize", "SHARED SIZE"}, {"UniqueSize", "UNIQUE SIZE"},
};

}  // namespace

std::span<const FlagSpec> images_flags() { return kFlags; }

Result<int> images_handler(Invocation& in) {
  const ParsedFlags& flags = in.flags;
  const bool trunc = !flags.boolean("no-trunc"), digests = flags.boolean("digests"), quiet = flags.boolean("quiet");
  std::vector<std::string> filters = flags.list("filter");
  if (!in.args().empty()) filters.push_back("reference=" + in.args()[0]);
  Query query;
  query.add_if(flags.boolean("all"), "all");
  if (!filters.empty()) query.add("filters", TRY(filters_json(filters)));
  const Json images = TRY(daemon(in.session.client.get(query.on("/images/json"))));
  const std::string format = flags.text("format");
  const bool by_digest = digests || format.find(".Digest") != std::string::npos;
  std::vector<Json> rows;
  for (const Json& image : images)
    for (const Name& name : names_of(image, by_digest)) rows.push_back(row_of(image, name, trunc, in.session.clock.now()));
  Listing listing;
  listing.fields = kColumns;
  listing.default_format = digests ? "table {{.Repository}}\t{{.Tag}}\t{{.Digest}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}"
                                   : "table {{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}";
  listing.raw_format = std::string("repository: {{.Repository}}\ntag: {{.Tag}}\n") + (digests ? "digest: {{.Digest}}\n" : "") +
                       "image_id: {{.ID}}\ncreated_at: {{.CreatedAt}}\nvirtual_size: {{.Size}}\n";
  if (quiet) listing.default_format = "{{.ID}}";
  if (quiet) listing.raw_format = "image_id: {{.ID}}";
  listing.go_type = "*formatter.imageContext";
  in.session.console.out(TRY(render_listing(listing, format, rows)));
  return 0;
}

}  // namespace strates::cli
