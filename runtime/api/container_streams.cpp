// Answers that last: wait, logs, attach. What they subscribe to is owned by the response's body and ends with the connection.
#include "api/answers.hpp"
#include "api/detach_keys.hpp"
#include "api/handlers.hpp"
#include "api/output_stream.hpp"
#include "api/process_input.hpp"
#include "api/wait_reply.hpp"
#include "base/strings.hpp"
#include "build/go_duration.hpp"

namespace strates::api {

namespace {

Framing framing_of(const engine::Container& container) { return container.config.tty ? Framing::Raw : Framing::Multiplexed; }

Result<engine::WaitCondition> wait_condition(const std::string& text) {
  if (text.empty() || text == "not-running") return engine::WaitCondition::NotRunning;
  if (text == "next-exit") return engine::WaitCondition::NextExit;
  if (text == "removed") return engine::WaitCondition::Removed;
  return bad_parameter("invalid condition: " + go_quote(text));
}

// A Unix time in seconds ("1795451654", "1795451654.5") or an RFC 3339 time; empty or 0: none.
Result<std::optional<Nanos>> log_time(const HttpRequest& request, std::string_view name) {
  const std::string text = request.query_value(name);
  if (text.empty() || text == "0") return std::optional<Nanos>();
  return std::optional<Nanos>(TRY(parse_query_time(text)));
}

}  // namespace

Result<Nanos> parse_query_time(std::string_view text) {
  if (text.find('T') != std::string_view::npos) return parse_rfc3339(text);
  const auto dot = text.find('.');
  const std::string_view whole = text.substr(0, dot);
  std::string fraction(dot == std::string_view::npos ? "" : text.substr(dot + 1));
  const auto digits = [](std::string_view part) { return part.find_first_not_of("0123456789") == std::string_view::npos; };
  if (whole.empty() || whole.size() > 10 || fraction.size() > 9 || !digits(whole) || !digits(fraction)) return bad_parameter("invalid time: " + std::string(text));
  fraction.append(9 - fraction.size(), '0');
  return std::stoll(std::string(whole)) * kSecond + std::stoll(fraction);
}

Result<Nanos> parse_until(std::string_view text, Nanos now) {
  if (const auto ago = build::parse_go_duration(text); ago.ok()) return now - ago.value();
  if (const auto at = parse_query_time(text); at.ok()) return at;
  if (const auto day = parse_rfc3339(std::string(text) + "T00:00:00Z"); day.ok()) return day;
  return bad_parameter("failed to parse value as time or duration: " + go_quote(text));
}

Result<HttpResponse> wait_container(const Call& call) {
  const auto condition = TRY(wait_condition(call.request.query_value("condition")));
  // Registered before the headers leave: a client starts the container once it has them.
  const auto reply = std::make_shared<WaitAnswer>();
  const std::shared_ptr<engine::Subscription> subscription = TRY(call.engine.wait(call.name, condition, [reply](const engine::WaitReply& result) { reply->complete(result); }));
  HttpStreamBody body;
  body.start = [reply, subscription](std::shared_ptr<HttpChannel> channel) { reply->connect(std::move(channel)); };
  return HttpResponse{200, {{"Content-Type", "application/json"}}, std::move(body)};
}

Result<HttpResponse> container_logs(const Call& call) {
  engine::LogQuery query;
  query.out = call.request.query_bool("stdout");
  query.err = call.request.query_bool("stderr");
  query.follow = call.request.query_bool("follow");
  if (!query.out && !query.err) return bad_parameter("Bad parameters: you must choose at least one stream");
  query.since = TRY(log_time(call.request, "since"));
  query.until = TRY(log_time(call.request, "until"));
  if (const std::string tail = call.request.query_value("tail"); !tail.empty() && tail != "all") {
    // As Docker: what is no number means all.
    if (const auto lines = query_int(call.request, "tail"); lines.ok() && lines.value()) query.tail = *lines.value();
  }
  const auto container = TRY(call.engine.container(call.name));
  const auto sink = std::make_shared<OutputStream>(framing_of(container), call.request.query_bool("timestamps") ? Timestamps::Yes : Timestamps::No,
                                                   call.request.query_bool("details") ? Details::Yes : Details::No);
  const auto subscription = std::make_shared<std::unique_ptr<engine::Subscription>>();
  HttpResponse response;
  if (call.version >= ApiVersion{1, 42})
    response.headers.emplace_back("Content-Type", container.config.tty ? "application/vnd.docker.raw-stream" : "application/vnd.docker.multiplexed-stream");
  HttpStreamBody body;
  body.start = [&engine = call.engine, id = container.id.str(), query, sink, subscription](std::shared_ptr<HttpChannel> channel) {
    sink->connect(std::move(channel));
    auto made = engine.logs(id, query, sink);
    if (made.ok()) *subscription = std::move(made).value();
    else sink->fail(made.error());
  };
  response.body = std::move(body);
  return response;
}

Result<HttpResponse> attach_container(const Call& call) {
  engine::AttachOptions options;
  options.logs = call.request.query_bool("logs");
  options.stream = call.request.query_bool("stream");
  options.in = call.request.query_bool("stdin");
  options.out = call.request.query_bool("stdout");
  options.err = call.request.query_bool("stderr");
  const auto container = TRY(call.engine.container(call.name));
  const std::string keys = TRY(parse_detach_keys(call.request.query_value("detachKeys")));
  const auto sink = std::make_shared<OutputStream>(framing_of(container));
  // Attached before the headers leave: a client starts the container once it has them, and all output is to reach it.
  const std::shared_ptr<engine::Attachment> attachment = TRY(call.engine.attach(container.id.str(), options, sink));
  HttpResponse response;
  const bool multiplexed = call.version >= ApiVersion{1, 42} && !container.config.tty;
  response.headers.emplace_back("Content-Type", multiplexed ? "application/vnd.docker.multiplexed-stream" : "application/vnd.docker.raw-stream");
  const bool terminal = container.config.tty && options.in;
  response.body = HttpUpgradeBody{[sink, attachment, keys, terminal, in = options.in](std::shared_ptr<HttpDuplex> duplex) {
    sink->connect(duplex);
    if (in) pass_input(*duplex, attachment, sink, terminal ? std::optional<DetachKeys>(DetachKeys(keys)) : std::nullopt);
  }};
  return response;
}

}  // namespace strates::api
