// The Fetcher over real sockets: HTTP/1.1, connections kept for the next request to the same place.
//
// Framed here, not by cpp-httplib: its client pushes bodies into a callback and cannot be told to wait, bounds neither the number of headers nor the time
// between two bytes of a head, and does not give an error's reason; a pull needs a body that is read at the unpacker's pace.
//
// Bounds: a head of 64 KiB and 128 headers, chunk lines of 1 KiB, trailers dropped after 16 KiB. Any thread.
#pragma once

#include <map>
#include <mutex>
#include <vector>

#include "http/outbound/connection.hpp"

namespace strates::http {

// Shakes hands over a connected socket (http/tls_client).
using DialTls = std::function<Result<std::unique_ptr<Connection>>(UniqueFd, const Url&, TlsCheck, const Patience&)>;

struct TransportOptions {
  DialTls tls = nullptr;  // none: https is refused, code fetch.no-tls
  std::string user_agent = "docker/20.10.24 strates";
};

class Transport final : public Fetcher {
 public:
  explicit Transport(TransportOptions options = {}) : options_(std::move(options)) {}
  Result<FetchResponse> fetch(const FetchRequest& request) override;

 private:
  friend class ResponseBody;
  struct Idle {
    std::unique_ptr<Connection> connection;
    Nanos since = 0;
  };
  // A kept connection that is still good; null: none.
  std::unique_ptr<Connection> take(const std::string& key);
  void keep(const std::string& key, std::unique_ptr<Connection> connection);

  TransportOptions options_;
  std::mutex mutex_;
  std::map<std::string, std::vector<Idle>> idle_;
};

}  // namespace strates::http
