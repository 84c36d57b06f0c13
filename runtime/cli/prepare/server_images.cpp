// The servers of the course: where their recipes are, and what their images are called.
#include <sys/stat.h>

#include <array>

#include "base/strings.hpp"
#include "base/text.hpp"
#include "cli/neighbours.hpp"
#include "cli/prepare/base_image.hpp"

namespace strates::cli {

namespace {

struct Release {
  std::string_view codename, image;
  std::array<std::string_view, 2> versions;
};

// packages.debian.org
constexpr Release kReleases[] = {
    {"bookworm", "nginx", {"1.22", "1"}}, {"bookworm", "redis", {"7.0", "7"}}, {"bookworm", "postgres", {"15"}},
    {"trixie", "nginx", {"1.26", "1"}},   {"trixie", "redis", {"8.0", "8"}},   {"trixie", "postgres", {"17"}},
};

bool is_folder(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

}  // namespace

const std::vector<ServerImage>& server_images() {
  static const std::vector<ServerImage> kImages = {{"nginx", "debian"}, {"redis", "debian"}, {"postgres", "debian"}};
  return kImages;
}

std::vector<std::string> server_tags(std::string_view name, const std::string& codename) {
  std::vector<std::string> out;
  for (const Release& release : kReleases)
    if (release.codename == codename && release.image == name)
      for (const std::string_view version : release.versions)
        if (!version.empty()) out.emplace_back(version);
  if (!codename.empty()) out.push_back(codename);
  return out;
}

Result<std::string> recipe_folder(std::string_view name) {
  const std::string programs = TRY(program_directory());
  // As lessons are found: installed, or in the tree that the programs were built from.
  std::vector<std::string> tried;
  for (const char* place : {"/../share/strates/base-images/", "/../../assets/base-images/"}) {
    tried.push_back(clean_path(programs + place + std::string(name)));
    if (is_folder(tried.back())) return tried.back();
  }
  return make_error(ErrorKind::NotFound, "prepare.no-recipe", tr(Text::PrepareImage, name), join(tried, ", "), tr(Text::PrepareNoRecipe),
                    tr(Text::PrepareNoRecipeAdvice));
}

}  // namespace strates::cli
