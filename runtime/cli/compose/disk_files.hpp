// Compose files from the disk; "-" is standard input, read once.
#pragma once

#include <map>

#include "cli/console.hpp"
#include "compose/loader.hpp"

namespace strates::cli {

class DiskFiles : public compose::Files {
 public:
  explicit DiskFiles(Console& console) : console_(console) {}
  Result<std::string> read(const std::string& path) override;
  bool exists(const std::string& path) override;

 private:
  Console& console_;
  std::map<std::string, std::string> kept_;  // a file is read once, so that all steps see the same
};

}  // namespace strates::cli
