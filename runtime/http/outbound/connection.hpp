// A connection to another machine: bytes over TCP, with TLS or without. Every wait is bounded and can be cancelled. One thread at a time.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/fetch.hpp"
#include "base/unique_fd.hpp"
#include "base/url.hpp"

namespace strates::http {

// How long a wait may take, and who may end it. Errors: fetch.timeout, fetch.cancelled.
struct Patience {
  Nanos silence = 60 * kSecond;
  std::function<bool()> cancelled;
};

class Connection {
 public:
  virtual ~Connection() = default;
  // 0: the other side closed.
  virtual Result<size_t> read(std::span<char> buffer, const Patience& patience) = 0;
  virtual Result<void> write(std::string_view bytes, const Patience& patience) = 0;
  // Between two requests: has the other side said or closed anything?
  virtual bool stale() = 0;
};

enum class Ready { Read, Write };
Result<void> wait_until(int fd, Ready ready, const Patience& patience);
// Error: fetch.dial, in Go's words.
Result<UniqueFd> dial(const Url& url, const Patience& patience);
std::unique_ptr<Connection> plain_connection(UniqueFd fd);

}  // namespace strates::http
