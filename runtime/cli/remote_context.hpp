// Build contexts from elsewhere, fetched by the client as Docker's does: a git repository by the git program, a tar or a Dockerfile by HTTP
// (docker/cli 20.10, cli/command/image/build/context.go; moby, builder/remotecontext/git).
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/stream.hpp"

namespace strates::cli {

// What a `docker build` argument that names a repository means: `URL#REF:FOLDER`, REF "master" where it says none.
struct GitAddress {
  std::string remote, ref, folder;
};
bool is_url_address(const std::string& argument);  // http:// or https://; is_git_address (base/git_address.hpp) is asked first
// Errors: "invalid refspec: -x", for what git would take for an option; "parse "https://URL": invalid URL escape "%z"".
Result<GitAddress> parse_git_address(const std::string& argument);

// A clone of its own, gone with this object.
class GitCheckout {
 public:
  // Asks for one commit without its history where the other side can do that. Neither hooks nor helper programs of the repository run: it comes from
  // outside, and only http, https, git and ssh are spoken, for its submodules too.
  // Errors begin with Docker's "unable to 'git clone' to temporary context directory: ".
  static Result<GitCheckout> fetch(const GitAddress& address);
  GitCheckout(GitCheckout&& other) noexcept;
  GitCheckout& operator=(GitCheckout&&) = delete;
  ~GitCheckout();
  const std::string& folder() const { return folder_; }

 private:
  explicit GitCheckout(std::string root) : root_(std::move(root)) {}
  Result<void> fill(const GitAddress& address);
  std::string root_, folder_;
};

// Says "Downloading build context from remote url: ..." as it goes. Errors: "unable to download remote context URL: ...".
Result<std::unique_ptr<ByteSource>> download_context(const std::string& url, const std::function<void(std::string_view)>& show);

}  // namespace strates::cli
