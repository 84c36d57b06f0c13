// The real programs, for comparison: busybox in a small root of its own, dash and coreutils of the machine in a scratch directory.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "container_run.hpp"

namespace strates::sim::testing {

// A directory that goes with it.
class Scratch {
 public:
  Scratch();
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Why the comparison cannot be made here; none: it can.
std::optional<std::string> no_real_busybox();
std::optional<std::string> no_real_dash();

// A root with busybox, its links, /etc/passwd, /etc/group, /dev/null, /tmp and an empty /w.
void make_busybox_root(const std::string& root, const std::string& passwd, const std::string& group);
// root empty: the machine's. Runs in `directory` with env; killed after 20 seconds.
Output run_real(const std::string& root, const std::string& directory, const std::vector<std::string>& args, const std::vector<std::string>& env, const std::string& input);

}  // namespace strates::sim::testing
