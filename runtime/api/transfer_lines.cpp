#include "api/transfer_lines.hpp"

#include <chrono>
#include <memory>

#include "api/answers.hpp"
#include "base/json_full.hpp"
#include "base/sizes.hpp"

namespace strates::api {

namespace {

constexpr Nanos kBetween = 100 * kMillisecond;

Nanos steady() { return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

}  // namespace

void TransferLines::line(const Json& message) {
  said_ = true;
  send_(dump_json_go(message) + "\r\n");
}

void TransferLines::say(const std::string& id, const std::string& status) {
  Json message = {{"status", status}};
  if (!id.empty()) message["id"] = id;
  const std::lock_guard lock(mutex_);
  line(message);
}

void TransferLines::state(const std::string& id, const std::string& status) {
  const std::lock_guard lock(mutex_);
  line({{"status", status}, {"progressDetail", Json::object()}, {"id", id}});
}

void TransferLines::progress(const std::string& id, const std::string& action, std::uint64_t done, std::uint64_t of) {
  const Nanos now = steady();
  const std::lock_guard lock(mutex_);
  Nanos& last = shown_[id];
  if (now - last < kBetween && done != of) return;
  last = now;
  Json message = {{"status", action}, {"progressDetail", {{"current", done}, {"total", of}}}, {"progress", progress_bar(static_cast<std::int64_t>(done), static_cast<std::int64_t>(of), 200)}};
  if (!id.empty()) message["id"] = id;
  line(message);
}

void TransferLines::pushed(const std::string& tag, const std::string& digest, std::uint64_t size) {
  const std::lock_guard lock(mutex_);
  line({{"progressDetail", Json::object()}, {"aux", {{"Tag", tag}, {"Digest", digest}, {"Size", size}}}});
}

HttpResponse transfer_answer(Transfer run) {
  HttpStreamBody body;
  body.lazy = true;
  body.start = [run = std::move(run)](std::shared_ptr<HttpChannel> channel) {
    TransferLines lines([&](std::string line) { channel->send(line); }, [&] { return channel->gone(); });
    const auto done = run(lines);
    if (!done.ok()) {
      if (!lines.said()) {
        HttpResponse refusal = error_answer(done.error());
        add_headers(refusal, true);
        if (channel->replace(std::move(refusal))) return;
      }
      const std::string message = done.error().message();
      channel->send(dump_json_go({{"errorDetail", {{"message", message}}}, {"error", message}}) + "\r\n");
    }
    channel->end();
  };
  return HttpResponse{200, {{"Content-Type", "application/json"}}, std::move(body)};
}

}  // namespace strates::api
