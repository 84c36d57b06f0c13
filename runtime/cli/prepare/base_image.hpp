// Base images made on this machine: how each one's tar is produced, and what its configuration says.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/stream.hpp"
#include "base/unique_fd.hpp"

namespace strates::cli {

// Where a recipe tells how far it is: one line at a time.
using Progress = std::function<void(const std::string& line)>;

struct BaseImage {
  std::string_view name;                   // "busybox", also its repository
  std::vector<std::string> changes;        // Dockerfile instructions
  std::vector<std::string> more_tags;      // beside latest
  std::string (*message)();                // for `docker history`
  // Writes the tar at `path` (a new file); leaves it incomplete on errors. `work`: a directory for scratch files.
  Result<void> (*make)(const std::string& path, const std::string& work, const Progress& progress);
};

const std::vector<BaseImage>& base_images();

Result<void> make_busybox(const std::string& path, const std::string& work, const Progress& progress);
std::string busybox_message();
Result<void> make_hello(const std::string& path, const std::string& work, const Progress& progress);
std::string hello_message();
Result<void> make_debian(const std::string& path, const std::string& work, const Progress& progress);
std::string debian_message();

// The name to give in CHANGES and history: "bookworm"; empty when this is not Debian.
std::string debian_codename();
// The lines of the host's own apt sources that concern a release: main only, in one-line form.
std::vector<std::string> apt_sources(const std::string& apt_directory, const std::string& codename);

}  // namespace strates::cli
