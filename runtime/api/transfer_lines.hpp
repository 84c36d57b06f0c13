// What a pull or push says, as Docker's JSON lines (pkg/jsonmessage): states of layers, and their progress not more often than ten times a second each.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "base/http.hpp"
#include "engine/engine.hpp"

namespace strates::api {

class TransferLines final : public engine::TransferOutput {
 public:
  // `send` is called by one thread at a time; `gone`: the client went away.
  TransferLines(std::function<void(std::string)> send, std::function<bool()> gone) : send_(std::move(send)), gone_(std::move(gone)) {}

  void say(const std::string& id, const std::string& status) override;
  void state(const std::string& id, const std::string& status) override;
  void progress(const std::string& id, const std::string& action, std::uint64_t done, std::uint64_t of) override;
  void pushed(const std::string& tag, const std::string& digest, std::uint64_t size) override;
  bool cancelled() override { return gone_(); }
  bool said() const { return said_; }

 private:
  void line(const Json& message);

  std::function<void(std::string)> send_;
  std::function<bool()> gone_;
  std::mutex mutex_;
  std::map<std::string, Nanos> shown_;  // when the progress of a layer was told last, on a clock that only goes forward
  bool said_ = false;
};

// The answer that tells what `run` says. Before any output an error has a status of its own; later it is a line of the stream.
using Transfer = std::function<Result<void>(engine::TransferOutput&)>;
HttpResponse transfer_answer(Transfer run);

}  // namespace strates::api
