// Listens to an engine's trace while a lesson plays. That somebody listens is also what makes the engine watch files.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "api/client.hpp"
#include "base/event.hpp"

namespace strates::lessons {

class TraceFollower {
 public:
  // Listens from the engine's present on, as asked with `client`, over a transport of its own; waits for the opening snapshot.
  // code trace.unavailable: the engine has no trace (a Docker that is not ours).
  static Result<std::unique_ptr<TraceFollower>> open(api::Client& client, std::unique_ptr<api::Transport> transport);
  ~TraceFollower();
  TraceFollower(const TraceFollower&) = delete;
  TraceFollower& operator=(const TraceFollower&) = delete;

  // Everything up to the engine's present, as asked with `client`; waits for it, 5 s at most.
  std::vector<Event> caught_up(api::Client& client);
  // What came after the first `known` events, without waiting.
  std::vector<Event> since(size_t known);
  // Called for each event, from the thread that reads them, and when they end; null: nobody.
  void on_news(std::function<void()> callback);
  // id -> name of every container seen.
  std::map<std::string, std::string> container_names();

 private:
  TraceFollower() = default;
  void read(std::unique_ptr<api::ClientStream> stream);
  void take(Event event);

  std::unique_ptr<api::Transport> transport_;
  api::ClientStream* stream_ = nullptr;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Event> events_;
  std::map<std::string, std::string> names_;
  Seq last_ = 0;
  bool opened_ = false, ended_ = false;
  std::function<void()> news_;
  std::thread thread_;
};

}  // namespace strates::lessons
