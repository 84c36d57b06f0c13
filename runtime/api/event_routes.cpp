#include <algorithm>

#include "api/answers.hpp"
#include "api/docker_events.hpp"
#include "api/engine_clock.hpp"
#include "api/handlers.hpp"
#include "api/process_input.hpp"

namespace strates::api {

namespace {

constexpr size_t kHighWater = 12 << 20;

struct Period {
  Nanos since = 0;
  std::optional<Nanos> until;
};

// Follows the trace for one client of /events. Released with the response's body.
class EventStream {
 public:
  EventStream(engine::Engine& engine, DockerEvents events, Period period) : engine_(engine), events_(std::move(events)), period_(period) {}
  ~EventStream() {
    if (ticket_) engine_.tracer().unsubscribe(*ticket_);
  }
  EventStream(const EventStream&) = delete;
  EventStream& operator=(const EventStream&) = delete;

  void follow(Seq from, std::shared_ptr<HttpChannel> channel) {
    channel_ = std::move(channel);
    ticket_ = engine_.tracer().subscribe(from, [this] { return engine_.trace_snapshot(); }, [this](const Event& event) { pass(event); });
    if (period_.until) end_in_time();
  }

 private:
  // Also when nothing more happens. Waits on the connection's thread, as only the world knows how to.
  void end_in_time() {
    auto& world = engine_.world();
    const engine::Locked lock(world.monitor);
    while (!channel_->gone() && world.clock.now() < *period_.until)
      world.monitor.wait([] { return false; }, std::min(*period_.until, world.clock.now() + kSecond));
    channel_->end();
  }

  void pass(const Event& event) {
    const auto line = events_.line(event);
    if (period_.until && event.at > *period_.until) return channel_->end();
    // Docker, too, drops events for a client that does not read them.
    if (line && event.at >= period_.since && channel_->pending() <= kHighWater) channel_->send(*line);
  }

  engine::Engine& engine_;
  DockerEvents events_;
  Period period_;
  std::shared_ptr<HttpChannel> channel_;
  std::optional<engine::Tracer::Ticket> ticket_;
};

}  // namespace

Result<HttpResponse> docker_events(const Call& call) {
  auto filters = TRY(read_filters(call.request, {}, UnknownFilters::PassedOver));
  DockerEvents events(std::move(filters));
  const std::string since = call.request.query_value("since"), until = call.request.query_value("until");
  Period period;
  if (!since.empty()) period.since = TRY(parse_query_time(since));
  if (!until.empty()) period.until = TRY(parse_query_time(until));
  HttpResponse response{200, {{"Content-Type", "application/json"}}, std::string()};
  auto& tracer = call.engine.tracer();
  if (period.until && *period.until <= engine_now(call.engine)) {
    std::string text;
    ignore(Result<bool>(events.line(Event{0, 0, 0, 0, event::Stream(call.engine.trace_snapshot())}).has_value()));
    if (!since.empty())
      tracer.each_kept(0, [&](const Event& event) {
        const auto line = events.line(event);
        if (line && event.at >= period.since && event.at <= *period.until) text += *line;
      });
    response.body = std::move(text);
    return response;
  }
  const auto stream = std::make_shared<EventStream>(call.engine, std::move(events), period);
  const Seq from = since.empty() ? tracer.last() : 0;
  HttpStreamBody body;
  body.start = [stream, from](std::shared_ptr<HttpChannel> channel) { stream->follow(from, std::move(channel)); };
  response.body = std::move(body);
  return response;
}

}  // namespace strates::api
