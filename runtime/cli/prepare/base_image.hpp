// Base images made on this machine: how each one's tar is produced, and what its configuration says; and the servers that recipes build on them.
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

// A server from Debian's packages. Its recipe is a build context like any other: assets/base-images/NAME, beside the programs or in the source tree.
struct ServerImage {
  std::string_view name;  // "nginx", also its repository and its folder
  std::string_view base;  // the base image that its Dockerfile begins with
};

const std::vector<ServerImage>& server_images();
// The tags beside latest that say what is in it, as Docker Hub has them: bookworm's nginx is "1.22" and "1". Only the codename for a release that we do not know.
std::vector<std::string> server_tags(std::string_view name, const std::string& codename);
// code prepare.no-recipe, with the places that were looked at
Result<std::string> recipe_folder(std::string_view name);

// Does this line of apt or mmdebstrap say that the archive does not answer?
bool says_unreachable(std::string_view line);

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
