// docker events: cli/command/system/events.go of docker/cli 20.10.
#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "cli/commands/all.hpp"
#include "cli/daemon.hpp"
#include "cli/go_template.hpp"
#include "cli/go_time.hpp"
#include "cli/units.hpp"

namespace strates::cli {

namespace {

constexpr FlagSpec kFlags[] = {
    filter_flag(),
    text_flag("format", 0, "Format the output using the given Go template"),
    text_flag("since", 0, "Show all events created since timestamp"),
    text_flag("until", 0, "Stream events until this timestamp"),
};

constexpr const char* kGoType = "*events.Message";

// The message under the names that Go's structure has; the wire has others for some.
Json fields_of(const Json& event) {
  return {{"Status", json_string(event, "status")}, {"ID", json_string(event, "id")},       {"From", json_string(event, "from")},
          {"Type", json_string(event, "Type")},     {"Action", json_string(event, "Action")}, {"Actor", {{"ID", json_string(json_member(event, "Actor"), "ID")},
          {"Attributes", json_member(json_member(event, "Actor"), "Attributes")}}},          {"Scope", json_string(event, "scope")},
          {"Time", json_int(event, "time")},        {"TimeNano", json_int(event, "timeNano")}};
}

std::string shown(const Json& event) {
  const Json& actor = json_member(event, "Actor");
  std::string out = local_rfc3339_nanos(json_int(event, "timeNano")) + " " + json_string(event, "Type") + " " + json_string(event, "Action") + " " + json_string(actor, "ID");
  std::vector<std::string> attributes;
  for (const auto& [key, value] : json_member(actor, "Attributes").items()) attributes.push_back(key + "=" + (value.is_string() ? value.get<std::string>() : dump_json(value)));
  if (!attributes.empty()) out += " (" + join(attributes, ", ") + ")";
  return out + "\n";
}

class EventPrinter {
 public:
  EventPrinter(Console& console, std::optional<GoTemplate> format, bool whole) : console_(console), format_(std::move(format)), whole_(whole) {}
  // Bytes as they come: lines may be cut anywhere.
  Result<void> feed(std::string_view bytes) {
    rest_ += bytes;
    size_t end = 0;
    while ((end = rest_.find('\n')) != std::string::npos) {
      const std::string line = rest_.substr(0, end);
      rest_.erase(0, end + 1);
      if (!trim(line).empty()) TRY(print(line));
    }
    return success();
  }

 private:
  Result<void> print(const std::string& line) {
    const Json event = TRY(parse_json(line));
    if (whole_) console_.out(std::string(trim(line)) + "\n");
    else if (format_) console_.out(TRY(format_->execute({fields_of(event), nullptr, kGoType})) + "\n");
    else console_.out(shown(event));
    return success();
  }

  Console& console_;
  std::optional<GoTemplate> format_;
  bool whole_;
  std::string rest_;
};

}  // namespace

std::span<const FlagSpec> events_flags() { return kFlags; }

Result<int> events_handler(Invocation& in) {
  Console& console = in.session.console;
  const std::string format = in.flags.text("format");
  const bool whole = replace_all(format, " ", "") == "{{json.}}";  // the message as it came: the wire's names
  std::optional<GoTemplate> shape;
  if (!format.empty() && !whole) {
    const auto bad = [&](const Error& error) {
      console.err("Error parsing format: " + error.message() + "\n");
      return 64;
    };
    auto parsed = GoTemplate::parse(unescape_format(format));
    if (!parsed.ok()) return bad(parsed.error());
    // Tried on an empty message, so that a wrong field is told before anything happens.
    if (const auto tried = parsed.value().execute({fields_of(Json::object()), nullptr, kGoType}); !tried.ok()) return bad(tried.error());
    shape = std::move(parsed).value();
  }
  Query query;
  for (const char* bound : {"since", "until"})
    if (in.flags.changed(bound) && !in.flags.text(bound).empty()) query.add(bound, TRY(docker_timestamp(in.flags.text(bound), in.session.clock.now())));
  if (in.flags.changed("filter")) query.add("filters", TRY(filters_json(in.flags.list("filter"))));
  api::ClientRequest request;
  request.target = query.on("/events");
  api::ClientResponse response = TRY(daemon(in.session.client.stream(std::move(request))));
  EventPrinter printer(console, std::move(shape), whole);
  for (;;) {
    const std::string bytes = TRY(response.stream->read());
    if (bytes.empty() || console.out_is_gone()) return 0;
    TRY(printer.feed(bytes));
  }
}

}  // namespace strates::cli
