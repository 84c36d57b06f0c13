// TLS for connections that are accepted (OpenSSL): TLS 1.2 and later, a certificate of ours, and, where an authority is named, one of the client's.
//
// A session is non-blocking like the socket below it, and has a lock of its own: one thread may read while another writes.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace strates::http {

// Paths of PEM files. `client_authority` empty: clients need no certificate.
struct TlsFiles {
  std::string certificate, key, client_authority;
};

class TlsSession {
 public:
  virtual ~TlsSession() = default;
  // Waits for the client's part of the handshake; false when it failed or did not come in time.
  virtual bool handshake(std::chrono::milliseconds deadline) = 0;
  // As recv(2) and send(2) with MSG_DONTWAIT: a count, 0 at the peer's end, -1 with errno (EAGAIN: not now).
  virtual ssize_t receive(char* buffer, size_t size) = 0;
  virtual ssize_t send(std::string_view bytes) = 0;
  // Says that nothing more will be sent (close_notify).
  virtual void close_write() = 0;
};

class TlsServer {
 public:
  virtual ~TlsServer() = default;
  // codes tls.certificate, tls.key, tls.authority: the file, and what OpenSSL said of it.
  static Result<std::shared_ptr<TlsServer>> open(const TlsFiles& files);
  // `descriptor` is a connected, non-blocking socket that outlives the session.
  virtual std::unique_ptr<TlsSession> accept(int descriptor) = 0;
};

}  // namespace strates::http
