// strates trace: the engine's events as sentences or as JSON lines, live, recorded or replayed.
#include <fcntl.h>

#include <cerrno>
#include <memory>

#include "api/client.hpp"
#include "api/event_codec.hpp"
#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "base/unique_fd.hpp"
#include "cli/daemon.hpp"
#include "cli/file_source.hpp"
#include "cli/flags.hpp"
#include "cli/front_commands.hpp"

namespace strates::cli {

namespace {

constexpr FlagSpec kFlags[] = {
    bool_flag("follow", 'f', ""), bool_flag("json", 0, ""), bool_flag("packets", 0, ""), text_flag("record", 0, ""), text_flag("replay", 0, ""), integer_flag("since", 0, "", "0"),
};
constexpr size_t kLongestLine = 16 << 20;

// Shows one line of the trace; a type that this version does not know is said, not hidden.
class TracePrinter {
 public:
  TracePrinter(Console& console, bool json, std::int64_t since, UniqueFd record, std::string record_path)
      : console_(console), json_(json), since_(since), record_(std::move(record)), record_path_(std::move(record_path)) {}

  Result<void> line(std::string_view text) {
    text = trim(text);
    if (text.empty()) return success();
    if (record_) TRY(write_all(record_, std::string(text) + "\n", record_path_));
    const Json json = TRY(parse_json(text));
    if (json_int(json, "seq") <= since_ && since_ > 0 && json.contains("seq")) return success();
    if (json_) {
      console_.out(std::string(text) + "\n");
      return success();
    }
    const auto event = api::event_from_json(json);
    if (event.ok()) console_.out(api::event_text(event.value()) + "\n");
    else if (event.error().code == "event.unknown") console_.out(tr(Text::CliTraceUnknown, json_string(json, "type")) + "\n");
    else return event.error();
    return success();
  }

 private:
  Console& console_;
  bool json_;
  std::int64_t since_;
  UniqueFd record_;
  std::string record_path_;
};

template <typename Read>
Result<void> each_line(const Read& read, const std::function<Result<void>(std::string_view)>& line, const Console& console) {
  std::string pending;
  for (;;) {
    const std::string bytes = TRY(read());
    if (bytes.empty() || console.out_is_gone()) break;
    pending += bytes;
    size_t from = 0;
    for (size_t at; (at = pending.find('\n', from)) != std::string::npos; from = at + 1) TRY(line(std::string_view(pending).substr(from, at - from)));
    pending.erase(0, from);
    if (pending.size() > kLongestLine) return make_error(ErrorKind::Invalid, "trace.line", "strates trace", "", tr(Text::CliTraceLine));
  }
  return line(pending);
}

}  // namespace

Result<int> trace_command(const FrontCall& call) {
  const auto parsed = parse_flags(kFlags, call.words, Positionals::Interspersed);
  if (!parsed.ok()) return usage_error("trace", parsed.error());
  const ParsedFlags& flags = parsed.value();
  if (flags.help) {
    call.console.out(front_help("strates trace [--follow] [--packets] [--json] [--since N] [--record FILE] [--replay FILE]", Text::CliTraceHelp));
    return 0;
  }
  if (!flags.arguments.empty())
    return usage_error("trace", docker_error(ErrorKind::Invalid, "cli.usage", tr(Text::CliUnexpectedArgument, flags.arguments[0])));
  if (flags.boolean("packets") && !flags.boolean("follow")) return usage_error("trace", docker_error(ErrorKind::Invalid, "cli.usage", tr(Text::CliTracePackets)));
  const std::string record = flags.text("record"), replay = flags.text("replay");
  UniqueFd file;
  if (!record.empty()) {
    file.reset(::open(record.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (!file) return system_error("open", record, errno);
  }
  TracePrinter printer(call.console, flags.boolean("json"), replay.empty() ? 0 : flags.integer("since"), std::move(file), record);
  const auto line = [&](std::string_view text) { return printer.line(text); };
  if (!replay.empty()) {
    FileSource source = TRY(FileSource::open(replay));
    char buffer[65536];
    TRY(each_line([&]() -> Result<std::string> { return std::string(buffer, TRY(source.read(buffer))); }, line, call.console));
    return 0;
  }
  const EngineChoice choice = TRY(choose_engine(call.options.host, process_surroundings()));
  api::Client client(api::unix_transport(choice.socket));
  Query query;
  query.add_if(flags.changed("since"), "since", std::to_string(flags.integer("since"))).add_if(flags.boolean("follow"), "follow").add_if(flags.boolean("packets"), "packets");
  api::ClientRequest request;
  request.target = query.on("/strates/v1/trace");
  auto opened = client.stream(std::move(request));
  if (!opened.ok() && opened.error().code == "client.status-404")
    return make_error(ErrorKind::NotFound, "trace.refused", "strates trace", choice.host(), tr(Text::CliTraceNotStrates));
  const api::ClientResponse response = TRY(std::move(opened));
  TRY(each_line([&] { return response.stream->read(); }, line, call.console));
  return 0;
}

}  // namespace strates::cli
