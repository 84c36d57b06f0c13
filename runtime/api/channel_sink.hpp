// A response's channel as a sink: for handlers that write a tar as it is made.
#pragma once

#include <string>

#include "base/http.hpp"

namespace strates::api {

// Batches small writes into one chunk. Not thread-safe. A client that went away is code api.client-gone.
class ChannelSink : public ByteSink {
 public:
  explicit ChannelSink(HttpChannel& channel) : channel_(channel) {}
  Result<void> write(std::string_view bytes) override {
    pending_ += bytes;
    return pending_.size() < kBatch ? success() : flush();
  }
  Result<void> flush() {
    if (pending_.empty()) return {};
    const bool sent = channel_.send(pending_);
    pending_.clear();
    if (!sent) return make_error(ErrorKind::Unavailable, "api.client-gone", "send", "", "the client went away");
    return {};
  }

 private:
  static constexpr size_t kBatch = 64 * 1024;  // a tar is written in small pieces: one chunk for many
  HttpChannel& channel_;
  std::string pending_;
};

}  // namespace strates::api
