// docker history: cli/command/image/history.go and formatter_history.go of docker/cli 20.10.
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
    text_flag("format", 0, "Pretty-print images using a Go template"),
    bool_flag("human", 'H', "Print sizes and dates in human readable format", "true"),
    bool_flag("no-trunc", 0, "Don't truncate output"),
    bool_flag("quiet", 'q', "Only show image IDs"),
};

Json row_of(const Json& step, bool trunc, bool human, Nanos now) {
  const Nanos created = json_int(step, "Created") * kSecond;
  const std::int64_t size = json_int(step, "Size");
  const std::string id = json_string(step, "Id"), by = replace_all(json_string(step, "CreatedBy"), "\t", " ");
  Json row = Json::object();
  row["Comment"] = json_string(step, "Comment");
  row["CreatedAt"] = local_rfc3339(created);
  row["CreatedBy"] = trunc ? ellipsis(by, 45) : by;
  row["CreatedSince"] = human ? human_duration(now - created) + " ago" : local_rfc3339(created);
  row["ID"] = trunc ? short_id(id) : id;
  row["Size"] = human ? human_size(static_cast<double>(size), 3) : std::to_string(size);
  return row;
}

}  // namespace

std::span<const FlagSpec> history_flags() { return kFlags; }

Result<int> history_handler(Invocation& in) {
  const ParsedFlags& flags = in.flags;
  const bool trunc = !flags.boolean("no-trunc"), human = flags.boolean("human");
  const Json steps = TRY(daemon(in.session.client.get("/images/" + path_name(in.args()[0]) + "/history")));
  std::vector<Json> rows;
  for (const Json& step : steps) rows.push_back(row_of(step, trunc, human, in.session.clock.now()));
  Listing listing;
  listing.fields = {{"ID", "IMAGE"}, {"CreatedSince", human ? "CREATED" : "CREATED AT"}, {"CreatedAt", "CREATED AT"}, {"CreatedBy", "CREATED BY"},
                    {"Size", "SIZE"}, {"Comment", "COMMENT"}};
  listing.default_format = "table {{.ID}}\t{{.CreatedSince}}\t{{.CreatedBy}}\t{{.Size}}\t{{.Comment}}";
  if (flags.boolean("quiet") && flags.text("format").empty()) listing.default_format = "{{.ID}}";
  listing.go_type = "*image.historyContext";
  in.session.console.out(TRY(render_listing(listing, flags.text("format"), rows)));
  return 0;
}

}  // namespace strates::cli
