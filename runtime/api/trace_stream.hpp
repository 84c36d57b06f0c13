// The trace towards one client: NDJSON, the snapshot first, never holding up who emits.
#pragma once

#include <memory>
#include <mutex>

#include "base/http.hpp"
#include "engine/engine.hpp"

namespace strates::api {

class TraceStream {
 public:
  enum class Packets { No, Counted };
  TraceStream(engine::Engine& engine, Packets packets) : engine_(engine), packets_(packets) {}
  ~TraceStream();
  TraceStream(const TraceStream&) = delete;
  TraceStream& operator=(const TraceStream&) = delete;

  // Once. Events flow until this object goes.
  void follow(Seq since, std::shared_ptr<HttpChannel> channel);

 private:
  void pass(const Event& event);

  engine::Engine& engine_;
  Packets packets_;
  std::unique_ptr<engine::Subscription> counting_;
  std::shared_ptr<HttpChannel> channel_;
  std::optional<engine::Tracer::Ticket> ticket_;
  Seq lost_from_ = 0, lost_to_ = 0;  // while the client is too slow
};

std::string event_line(const Event& event);

}  // namespace strates::api
