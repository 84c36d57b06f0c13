// Debian's docker-registry on a free port of loopback, with or without a password, below a test's own folder. The loopback is this test program's own:
// daemons with Network::Test reach it.
#pragma once

#include <string>

#include "tests/system/harness/daemon.hpp"

namespace strates::system_test {

enum class Password { None, Wanted };  // user ana, password secret

class PeerRegistry {
 public:
  // Empty: it is installed.
  static std::string why_not();
  PeerRegistry(const TemporaryRoot& root, const std::string& name, Password password = Password::None);
  ~PeerRegistry();
  std::string host() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  int port_ = 0;
  Process process_;
};

}  // namespace strates::system_test
