#include "api/trace_stream.hpp"

#include "api/event_codec.hpp"
#include "base/json_full.hpp"

namespace strates::api {

namespace {

// Below what makes a sender wait (ServerOptions::stream_buffer): the engine emits while it works, and must not wait for a reader.
constexpr size_t kHighWater = 12 << 20;

}  // namespace

std::string event_line(const Event& event) { return dump_json(event_to_json(event)) + "\n"; }

TraceStream::~TraceStream() {
  if (ticket_) engine_.tracer().unsubscribe(*ticket_);
}

void TraceStream::follow(Seq since, std::shared_ptr<HttpChannel> channel) {
  channel_ = std::move(channel);
  if (packets_ == Packets::Counted) counting_ = engine_.networks().watch_packets();
  ticket_ = engine_.tracer().subscribe(since, [this] { return engine_.trace_snapshot(); }, [this](const Event& event) { pass(event); });
}

// Called by one thread at a time (Tracer).
void TraceStream::pass(const Event& event) {
  if (channel_->pending() > kHighWater) {
    if (lost_from_ == 0) lost_from_ = event.seq;
    lost_to_ = event.seq;
    return;
  }
  if (lost_from_ != 0) {
    const Event gap{lost_to_, event.at, 0, 0, event::Stream(event::Gap{lost_from_, lost_to_, "the reader was too slow"})};
    lost_from_ = 0;
    channel_->send(event_line(gap));
  }
  channel_->send(event_line(event));
}

}  // namespace strates::api
