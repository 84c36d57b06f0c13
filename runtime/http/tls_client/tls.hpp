// TLS over a connected socket, by OpenSSL: certificates are verified with the system's store and with what /etc/docker/certs.d holds for the place
// (docs.docker.com, "Verify repository client with certificates"): HOST[:PORT]/*.crt are authorities, NAME.cert with NAME.key the client's own.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "http/outbound/transport.hpp"

namespace strates::http {

class TlsContexts {
 public:
  explicit TlsContexts(std::string certs_directory);
  ~TlsContexts();
  // Shakes hands. Errors: fetch.tls with Go's x509 sentence, fetch.not-tls, fetch.truncated and those of waiting. Any thread.
  Result<std::unique_ptr<Connection>> connect(UniqueFd fd, const Url& url, TlsCheck check, const Patience& patience);

 private:
  struct Context;
  Result<std::shared_ptr<Context>> context_for(const Url& url, TlsCheck check);

  const std::string certs_directory_;
  std::mutex mutex_;
  std::shared_ptr<Context> plain_, unverified_;  // of places without a folder: the system's store is read once
};

// For a Transport: what is read of certificates is read once.
DialTls tls_dialer(std::string certs_directory = "/etc/docker/certs.d");

}  // namespace strates::http
