#include "lessons/player/trace_follower.hpp"

#include <algorithm>
#include <chrono>

#include "api/event_codec.hpp"
#include "base/json_full.hpp"

namespace strates::lessons {

namespace {

constexpr auto kPatience = std::chrono::seconds(5);

// How far the engine's trace is.
Result<Seq> present_of(api::Client& client) { return static_cast<Seq>(json_int(TRY(client.get("/strates/v1/info")), "seq")); }

}  // namespace

Result<std::unique_ptr<TraceFollower>> TraceFollower::open(api::Client& client, std::unique_ptr<api::Transport> transport) {
  auto follower = std::unique_ptr<TraceFollower>(new TraceFollower());
  follower->transport_ = std::move(transport);
  // From now on: what an earlier play left in the trace proves nothing about this one.
  const Seq present = TRY(present_of(client));
  api::ClientRequest request;
  request.target = "/strates/v1/trace?follow=1&since=" + std::to_string(present);
  auto response = TRY(follower->transport_->send(request));
  if (response.status != 200)
    return make_error(ErrorKind::NotFound, "trace.unavailable", "follow the trace of", follower->transport_->description(), "HTTP " + std::to_string(response.status),
                      "this engine has no trace: start one with `strates daemon --ensure`");
  follower->stream_ = response.stream.get();
  follower->thread_ = std::thread([raw = follower.get(), stream = std::move(response.stream)]() mutable { raw->read(std::move(stream)); });
  std::unique_lock lock(follower->mutex_);
  follower->changed_.wait_for(lock, kPatience, [&] { return follower->opened_ || follower->ended_; });
  if (!follower->opened_)
    return make_error(ErrorKind::Unavailable, "trace.unavailable", "follow the trace of", follower->transport_->description(), "no snapshot came");
  lock.unlock();
  return follower;
}

TraceFollower::~TraceFollower() {
  {
    const std::lock_guard guard(mutex_);
    if (stream_ != nullptr) stream_->cancel();
  }
  if (thread_.joinable()) thread_.join();
}

void TraceFollower::read(std::unique_ptr<api::ClientStream> stream) {
  std::string pending;
  for (;;) {
    auto bytes = stream->read();
    if (!bytes.ok() || bytes.value().empty()) break;
    pending += bytes.value();
    size_t from = 0;
    for (size_t end = pending.find('\n'); end != std::string::npos; end = pending.find('\n', from)) {
      const auto json = parse_json(std::string_view(pending).substr(from, end - from));
      from = end + 1;
      if (!json.ok()) continue;
      auto event = api::event_from_json(json.value());
      if (event.ok()) take(std::move(event).value());
    }
    pending.erase(0, from);
  }
  const std::lock_guard guard(mutex_);
  ended_ = true;
  stream_ = nullptr;
  changed_.notify_all();
  if (news_) news_();
}

void TraceFollower::take(Event event) {
  const std::lock_guard guard(mutex_);
  opened_ = true;
  if (const auto* family = std::get_if<event::Container>(&event.what))
    if (const auto* created = std::get_if<event::ContainerCreated>(family)) names_[created->container.str()] = created->name;
  last_ = std::max(last_, event.seq);
  events_.push_back(std::move(event));
  changed_.notify_all();
  if (news_) news_();
}

std::vector<Event> TraceFollower::caught_up(api::Client& client) {
  // The engine says how far it is; the follower then waits to have read as much.
  const Seq present = present_of(client).value_or(0);
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, kPatience, [&] { return last_ >= present || ended_; });
  return events_;
}

std::vector<Event> TraceFollower::since(size_t known) {
  const std::lock_guard guard(mutex_);
  return {events_.begin() + static_cast<std::ptrdiff_t>(std::min(known, events_.size())), events_.end()};
}

void TraceFollower::on_news(std::function<void()> callback) {
  const std::lock_guard guard(mutex_);
  news_ = std::move(callback);
}

std::map<std::string, std::string> TraceFollower::container_names() {
  const std::lock_guard guard(mutex_);
  return names_;
}

}  // namespace strates::lessons
