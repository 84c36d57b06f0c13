#include "cli/compose/followers.hpp"

#include <chrono>

#include "base/json_full.hpp"
#include "cli/daemon.hpp"

namespace strates::cli {

namespace {

bool has_tty(api::Client& client, const std::string& id) {
  const auto seen = client.get("/containers/" + id + "/json");
  return seen.ok() && json_bool(json_member(seen.value(), "Config"), "Tty");
}

}  // namespace

Followers::~Followers() {
  cancel();
  join();
}

void Followers::pump(Reader& reader, const std::string& name, bool tty) {
  api::StreamDemultiplexer parts;
  std::shared_ptr<api::ClientStream> stream;
  {
    const std::lock_guard lock(mutex_);
    stream = reader.stream;
    if (cancelled_) return;  // cancel() came before the stream was there
  }
  for (;;) {
    const auto bytes = stream->read();
    if (!bytes.ok() || bytes.value().empty() || cancelled_) break;
    if (tty) lines_.feed(name, 1, bytes.value());
    else parts.feed(bytes.value(), [&](int which, std::string_view part) { lines_.feed(name, which, part); });
  }
}

void Followers::finished(const ProjectContainer* container, int code) {
  const std::lock_guard lock(mutex_);
  if (container != nullptr) ended_.push_back({*container, code});
  --running_;
  changed_.notify_all();
}

void Followers::read_log(const ProjectContainer& container, std::string name, std::string query) {
  auto reader = std::make_unique<Reader>();
  reader->client = call_.ports.connect();
  Reader& mine = *reader;
  const std::lock_guard lock(mutex_);
  readers_.push_back(std::move(reader));
  ++running_;
  mine.thread = std::thread([this, &mine, container, name, query] {
    const bool tty = has_tty(*mine.client, container.id);
    api::ClientRequest request;
    request.target = "/containers/" + container.id + "/logs?" + query;
    auto response = mine.client->stream(std::move(request));
    if (response.ok()) {
      {
        const std::lock_guard inner(mutex_);
        mine.stream = std::move(response.value().stream);
      }
      pump(mine, name, tty);
      lines_.end(name);
    }
    finished(nullptr, 0);
  });
}

Result<void> Followers::attach(const ProjectContainer& container, std::string name) {
  auto reader = std::make_unique<Reader>();
  reader->client = call_.ports.connect();
  Reader& mine = *reader;
  const bool tty = has_tty(*mine.client, container.id);
  // Before the start, so that nothing is lost.
  auto opened = daemon(mine.client->stream(hijack_request("/containers/" + container.id + "/attach?logs=0&stderr=1&stdout=1&stream=1")));
  if (!opened.ok()) return std::move(opened).error();
  mine.stream = std::move(opened.value().stream);
  const std::lock_guard lock(mutex_);
  readers_.push_back(std::move(reader));
  ++running_;
  mine.thread = std::thread([this, &mine, container, name, tty] {
    int code = 0;
    bool began = false;
    for (int quiet = 0; !cancelled_;) {
      pump(mine, name, tty);
      if (cancelled_) break;
      // Ended, restarting, or not yet begun?
      const auto seen = mine.client->get("/containers/" + container.id + "/json");
      if (!seen.ok()) break;
      const Json& state = json_member(seen.value(), "State");
      const std::string status = json_string(state, "Status");
      code = static_cast<int>(json_int(state, "ExitCode"));
      if (status == "running" || status == "paused" || status == "restarting" || (status == "created" && !began)) {
        began = began || status != "created";
        if (++quiet > 1) std::this_thread::sleep_for(std::chrono::milliseconds(50));
        if (status == "restarting") continue;
        auto again = mine.client->stream(hijack_request("/containers/" + container.id + "/attach?logs=0&stderr=1&stdout=1&stream=1"));
        if (!again.ok()) continue;
        const std::lock_guard inner(mutex_);
        mine.stream = std::move(again.value().stream);
        continue;
      }
      break;
    }
    if (!cancelled_) lines_.end(name, name + " exited with code " + std::to_string(code));
    finished(&container, code);
  });
  return success();
}

Followers::Why Followers::wait(Ended& ended) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return woken_ || !ended_.empty() || running_ == 0; });
  if (woken_) {
    woken_ = false;
    return Why::Woken;
  }
  if (!ended_.empty()) {
    ended = ended_.front();
    ended_.erase(ended_.begin());
    return Why::Ended;
  }
  return Why::AllDone;
}

void Followers::drain() {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, std::chrono::seconds(1), [&] { return running_ == 0; });
}

void Followers::wake() {
  const std::lock_guard lock(mutex_);
  woken_ = true;
  changed_.notify_all();
}

void Followers::cancel() {
  cancelled_ = true;
  const std::lock_guard lock(mutex_);
  for (auto& reader : readers_)
    if (reader->stream) reader->stream->cancel();
}

void Followers::join() {
  for (auto& reader : readers_)
    if (reader->thread.joinable()) reader->thread.join();
}

}  // namespace strates::cli
