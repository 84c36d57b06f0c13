// A configuration of Docker's client for one test: DOCKER_CONFIG names a folder that goes with the object.
#pragma once

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace strates::cli::test {

class OwnConfig {
 public:
  OwnConfig() {
    char name[] = "/tmp/strates-config-XXXXXX";
    REQUIRE(::mkdtemp(name) != nullptr);
    folder = name;
    ::setenv("DOCKER_CONFIG", folder.c_str(), 1);
  }
  ~OwnConfig() {
    ::unsetenv("DOCKER_CONFIG");
    std::error_code error;
    std::filesystem::remove_all(folder, error);
  }
  std::string text() const {
    std::ifstream file(folder + "/config.json");
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void write(const std::string& name, const std::string& content, mode_t mode = 0600) const {
    std::ofstream(folder + "/" + name) << content;
    ::chmod((folder + "/" + name).c_str(), mode);
  }
  std::string folder;
};

}  // namespace strates::cli::test
