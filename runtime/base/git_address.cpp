#include "base/git_address.hpp"

namespace strates {

namespace {

// Docker's expression `.git(?:#.+)?$`, whose dot is any character: https://h/ungit is a repository, https://h/r.git# is none.
bool ends_like_git(std::string_view url) {
  const auto ends_in_git = [](std::string_view text) { return text.size() > 3 && text.ends_with("git") && text[text.size() - 4] != '\n'; };
  if (ends_in_git(url)) return true;
  for (size_t hash = url.find('#'); hash != std::string_view::npos; hash = url.find('#', hash + 1))
    if (ends_in_git(url.substr(0, hash)) && hash + 1 < url.size() && url.find('\n', hash) == std::string_view::npos) return true;
  return false;
}

}  // namespace

bool is_git_address(std::string_view argument) {
  for (const std::string_view scheme : {"git://", "git@", "github.com/"})
    if (argument.starts_with(scheme)) return true;
  return (argument.starts_with("http://") || argument.starts_with("https://")) && ends_like_git(argument);
}

}  // namespace strates
