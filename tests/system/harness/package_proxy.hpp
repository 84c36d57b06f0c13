// A door from a network namespace of the tests to Debian's archive: an HTTP proxy that listens inside and asks from the machine's network. The tests' own
// interfaces, rules and addresses stay among themselves, and nothing of the machine is touched.
//
// Made before leave_machine_network(), opened after it. One process, and one more for each connection; all of them end with the object.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "base/unique_fd.hpp"

namespace strates::system_test {

class PackageProxy {
 public:
  PackageProxy();
  ~PackageProxy();
  PackageProxy(const PackageProxy&) = delete;
  PackageProxy& operator=(const PackageProxy&) = delete;

  // Listens on every address of the namespace that this thread is in now.
  void open();
  // "http://172.17.0.1:45123", by one of the addresses that containers reach.
  std::string address(const std::string& host) const { return "http://" + host + ":" + std::to_string(port_); }

 private:
  pid_t pid_ = -1;
  UniqueFd control_;  // the listening socket is sent over it
  std::uint16_t port_ = 0;
};

}  // namespace strates::system_test
