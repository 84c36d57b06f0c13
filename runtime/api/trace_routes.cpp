#include <charconv>

#include "api/answers.hpp"
#include "api/engine_clock.hpp"
#include "api/handlers.hpp"
#include "api/trace_stream.hpp"
#include "base/json_full.hpp"

namespace strates::api {

namespace {

Result<Seq> since_of(const HttpRequest& request) {
  const std::string text = request.query_value("since", "0");
  Seq since = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), since);
  if (error != std::errc() || end != text.data() + text.size()) return bad_parameter("since must be a sequence number: " + text);
  return since;
}

}  // namespace

Result<HttpResponse> trace(const Call& call) {
  const Seq since = TRY(since_of(call.request));
  HttpResponse response{200, {{"Content-Type", "application/x-ndjson"}}, std::string()};
  if (!call.request.query_bool("follow")) {
    // The present as a whole, then what is still kept of the past.
    auto& tracer = call.engine.tracer();
    std::string text = event_line(Event{since, engine_now(call.engine), 0, 0, event::Stream(call.engine.trace_snapshot())});
    Seq before = since;
    tracer.each_kept(since, [&](const Event& event) {
      if (event.seq > before + 1) text += event_line(Event{event.seq - 1, event.at, 0, 0, event::Stream(event::Gap{before + 1, event.seq - 1, "no longer kept"})});
      before = event.seq;
      text += event_line(event);
    });
    response.body = std::move(text);
    return response;
  }
  const auto stream = std::make_shared<TraceStream>(call.engine, call.request.query_bool("packets") ? TraceStream::Packets::Counted : TraceStream::Packets::No);
  HttpStreamBody body;
  body.start = [stream, since](std::shared_ptr<HttpChannel> channel) { stream->follow(since, std::move(channel)); };
  response.body = std::move(body);
  return response;
}

Result<HttpResponse> strates_info(const Call& call) {
  const auto& world = call.engine.world();
  return json_answer(200, {{"world", world.name}, {"root", world.machine.root_directory}, {"version", call.engine.options().version}, {"seq", call.engine.tracer().last()}});
}

}  // namespace strates::api
