// A directory as a build context: the tar that Docker's client sends (20.10, cli/command/image/build/context.go).
//
// Everything belongs to root, times and modes are kept, what .dockerignore excludes stays out; Dockerfile and .dockerignore are always sent.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/stream.hpp"
#include "base/unique_fd.hpp"

namespace strates::cli {

struct BuildContext {
  std::string dockerfile;  // its name inside the context, for the daemon
  std::unique_ptr<ByteSource> tar;
  std::string remote = {};  // the address of a context that the daemon fetches; then the tar is empty
};

enum class ContextKind { Directory, Stdin, Git, Url };
ContextKind context_kind(const std::string& argument);

// `dockerfile`: -f's value, relative to the working directory; empty: Dockerfile of the context; "-": `piped` is the Dockerfile.
// Errors are Docker's: "unable to prepare context: path \"x\" not found".
Result<BuildContext> context_from_directory(const std::string& directory, const std::string& dockerfile, std::optional<std::string> piped);
// Reads all of it now, into a file that nobody else sees: the directory may go.
Result<void> detach_context(BuildContext& context);
// `docker build -`: a tar, compressed or not, is passed on; anything else is a Dockerfile on its own.
Result<BuildContext> context_from_input(std::unique_ptr<ByteSource> input, const std::string& dockerfile);

// Says "Sending build context to Docker daemon  6.656kB" while the bytes go by: repeatedly on a terminal, once at the end otherwise.
class ProgressSource : public ByteSource {
 public:
  ProgressSource(ByteSource& from, bool terminal, std::function<void(std::string_view)> show) : from_(from), terminal_(terminal), show_(std::move(show)) {}
  Result<size_t> read(std::span<char> buffer) override;

 private:
  ByteSource& from_;
  bool terminal_, finished_ = false;
  std::function<void(std::string_view)> show_;
  std::uint64_t sent_ = 0, shown_ = 0;
};

}  // namespace strates::cli
