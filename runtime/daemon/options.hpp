// What the daemon is told on its command line.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"

namespace strates::daemon {

struct Options {
  std::string root, socket;
  bool simulated = false;
  int ready_fd = -1;  // gets "ready\n" once requests are answered
  std::string lang;
  std::vector<std::string> mirrors, insecure;  // --registry-mirror, --insecure-registry: repeatable
  std::string certs = "/etc/docker/certs.d";   // --registry-certs
  bool help = false;
  // --host tcp://ADDRESS:PORT, as dockerd's: only with a certificate of ours and clients' certificates of this authority (--tlsverify).
  std::vector<std::string> tcp;
  bool tls_verify = false;
  std::string tls_authority, tls_certificate, tls_key;
  bool own_network = false;  // a network namespace of its own, with a loopback: for tests
};

// codes daemon.option: the word and what is expected; daemon.tcp-open: TCP without --tlsverify and its three files.
Result<Options> read_options(const std::vector<std::string>& words);
std::string help_text();

}  // namespace strates::daemon
