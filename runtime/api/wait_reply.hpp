// The answer to a wait: known before or after the client's channel is there.
#pragma once

#include <memory>
#include <mutex>
#include <optional>

#include "base/http.hpp"
#include "engine/engine.hpp"

namespace strates::api {

class WaitAnswer {
 public:
  void complete(const engine::WaitReply& reply);
  void connect(std::shared_ptr<HttpChannel> channel);

 private:
  std::mutex mutex_;
  std::optional<std::string> text_;
  std::shared_ptr<HttpChannel> channel_;
};

}  // namespace strates::api
