// One daemon with the images of real servers, made once from Debian's packages and shared by the tests of this program. All of it lives in this program's
// network namespace; the archive is reached by a proxy, which the clients know as anybody's would: from ~/.docker/config.json.
#pragma once

#include <memory>
#include <string>

#include "tests/system/harness/daemon.hpp"
#include "tests/system/harness/package_proxy.hpp"

namespace strates::system_test {

class Lab {
 public:
  // Null, with the reason printed, where the images cannot be made.
  static Lab* get();
  // Stops the daemon; what it said and what it left, empty when all is well. The next get() is null.
  static std::string close();

  Lab();
  // Runs it, expects the exit code and returns standard output.
  std::string run(const std::string& script, int exit = 0);
  Result result(const std::string& script);
  Result strates(const std::vector<std::string>& words);
  // The proxy for what fetches packages, and only for that: a container that inherits it would ask it for its neighbours too. Nowhere: one that does not answer.
  enum class Proxy { None, Archive, Nowhere };
  void set_proxy(Proxy proxy);
  std::string fetch(const std::string& url);  // from where the ports are published; "" when nobody answers

  const std::string& prepared() const { return prepared_; }  // what `images prepare` said

 private:
  PackageProxy proxy_;
  TemporaryRoot root_;
  std::unique_ptr<LeakWatch> watch_;
  std::unique_ptr<Daemon> daemon_;
  std::string prepared_, why_not_;
};

bool has(const std::string& text, const std::string& part);

}  // namespace strates::system_test
