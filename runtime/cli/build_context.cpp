#include "cli/build_context.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <functional>
#include <random>

#include "base/git_address.hpp"
#include "base/strings.hpp"
#include "base/text.hpp"
#include "build/ignore_patterns.hpp"
#include "cli/context_tree.hpp"
#include "cli/file_source.hpp"
#include "cli/remote_context.hpp"
#include "cli/units.hpp"

namespace strates::cli {

namespace {

constexpr std::uint64_t kLargestDockerfile = 16 << 20;

Error unprepared(const std::string& why) { return docker_error(ErrorKind::Invalid, "cli.context", "unable to prepare context: " + why); }

std::string lower_first(const char* words) {
  std::string text = words;
  if (!text.empty()) text[0] = to_lower(text.substr(0, 1))[0];
  return text;
}

Result<std::string> resolved(const std::string& path) {
  char buffer[PATH_MAX];
  if (realpath(path.c_str(), buffer) == nullptr) return system_error("resolve", path, errno);
  return std::string(buffer);
}

std::string absolute(const std::string& path) {
  if (path.starts_with('/')) return clean_path(path);
  char buffer[PATH_MAX];
  return join_path(getcwd(buffer, sizeof buffer) != nullptr ? buffer : "/", path);
}

// The Dockerfile's path, symbolic links followed.
Result<std::string> find_dockerfile(const std::string& directory, const std::string& given) {
  std::string path = given.empty() ? directory + "/Dockerfile" : absolute(given);
  struct stat status {};
  if (given.empty() && lstat(path.c_str(), &status) != 0 && lstat((directory + "/dockerfile").c_str(), &status) == 0) path = directory + "/dockerfile";
  auto real = resolved(path);
  if (real.ok()) return real;
  return unprepared("unable to evaluate symlinks in Dockerfile path: lstat " + path + ": " + lower_first(std::strerror(errno)));
}

std::string random_name() {
  static constexpr char kHex[] = "0123456789abcdef";
  std::random_device device;
  std::string name = ".dockerfile.";
  for (int i = 0; i < 20; ++i) name += kHex[device() & 15];
  return name;
}

// A Dockerfile that is not in the context joins it under a name of its own, which .dockerignore then hides.
void add_dockerfile(ContextTree& tree, const std::string& name, std::string bytes, const std::string& ignore_text) {
  const Nanos now = static_cast<Nanos>(std::time(nullptr)) * kSecond;
  const auto put = [&](const std::string& path, std::string content) {
    ContextEntry entry;
    entry.meta.mode = 0600;
    entry.meta.mtime = now;
    entry.meta.size = content.size();
    entry.bytes = std::move(content);
    tree[path] = std::move(entry);
  };
  put(name, std::move(bytes));
  put(".dockerignore", ignore_text + (ignore_text.empty() || ignore_text.ends_with('\n') ? "" : "\n") + ".dockerignore\n" + name + "\n");
}

// What was looked at and the rest, as one source.
class PrefixedSource : public ByteSource {
 public:
  PrefixedSource(std::string head, std::unique_ptr<ByteSource> rest) : head_(std::move(head)), rest_(std::move(rest)) {}
  Result<size_t> read(std::span<char> buffer) override {
    const size_t got = TRY(head_.read(buffer));
    return got != 0 ? Result<size_t>(got) : rest_->read(buffer);
  }

 private:
  StringSource head_;
  std::unique_ptr<ByteSource> rest_;
};

bool is_archive(std::string_view head) {
  using namespace std::string_view_literals;
  for (const std::string_view magic : {"\x1f\x8b\x08"sv, "BZh"sv, "\xfd\x37zXZ\0"sv, "\x28\xb5\x2f\xfd"sv})
    if (head.starts_with(magic)) return true;
  return head.size() >= 512 && head.substr(257, 5) == "ustar";
}

}  // namespace

ContextKind context_kind(const std::string& argument) {
  if (argument == "-") return ContextKind::Stdin;
  struct stat status {};
  if (stat(argument.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) return ContextKind::Directory;
  if (is_git_address(argument)) return ContextKind::Git;
  return is_url_address(argument) ? ContextKind::Url : ContextKind::Directory;
}

Result<BuildContext> context_from_directory(const std::string& given_directory, const std::string& dockerfile, std::optional<std::string> piped) {
  struct stat status {};
  if (stat(given_directory.c_str(), &status) != 0) return unprepared("path " + go_quote(given_directory) + " not found");
  if (!S_ISDIR(status.st_mode)) return unprepared("context must be a directory: " + std::filesystem::absolute(given_directory).lexically_normal().string());
  const std::string directory = TRY(resolved(given_directory));
  BuildContext out;
  if (!piped) {
    const std::string found = TRY(find_dockerfile(directory, dockerfile));
    if (found.starts_with(directory + "/")) {
      out.dockerfile = found.substr(directory.size() + 1);
    } else {
      auto text = read_file(found, kLargestDockerfile);
      if (!text.ok()) return unprepared("unable to open Dockerfile: " + text.error().message());
      piped = std::move(text).value();
    }
  }
  std::string ignore_text;
  if (auto text = read_file(directory + "/.dockerignore", kLargestDockerfile); text.ok()) ignore_text = std::move(text).value();
  else if (text.error().code != "system.ENOENT") return docker_error(ErrorKind::Invalid, "cli.context", "error reading .dockerignore: " + text.error().message());
  std::vector<std::string> excludes = build::read_ignore_file(ignore_text);
  const auto keep = [&](const std::string& name) -> Result<void> {
    auto compiled = build::IgnorePatterns::compile(excludes);
    if (!compiled.ok()) return docker_error(ErrorKind::Invalid, "cli.context", "error checking context: " + compiled.error().message());
    const auto patterns = std::move(compiled).value();
    if (!name.empty() && patterns.excludes(name)) excludes.push_back("!" + name);
    return success();
  };
  TRY(keep(".dockerignore"));
  TRY(keep(out.dockerfile));
  ContextTree tree = TRY(walk_context(directory, excludes));
  if (piped) {
    out.dockerfile = random_name();
    add_dockerfile(tree, out.dockerfile, std::move(*piped), ignore_text);
  }
  out.tar = context_tar(std::move(tree));
  return out;
}

Result<void> detach_context(BuildContext& context) {
  UniqueFd file = TRY(anonymous_file());
  FileSink sink(file, "build context");
  TRY(copy_stream(*context.tar, sink));
  if (lseek(file.get(), 0, SEEK_SET) != 0) return system_error("seek", "build context", errno);
  context.tar = std::make_unique<FileSource>(std::move(file), "build context");
  return success();
}

Result<BuildContext> context_from_input(std::unique_ptr<ByteSource> input, const std::string& dockerfile) {
  std::string head;
  char buffer[512];
  while (head.size() < sizeof buffer) {
    const size_t got = TRY(input->read(std::span(buffer, sizeof buffer - head.size())));
    if (got == 0) break;
    head.append(buffer, got);
  }
  BuildContext out;
  out.dockerfile = dockerfile.empty() ? "Dockerfile" : dockerfile;
  if (is_archive(head)) {
    out.tar = std::make_unique<PrefixedSource>(std::move(head), std::move(input));
    return out;
  }
  if (dockerfile == "-") return unprepared("build context is either empty or is not a tar archive, and -f - also reads from standard input");
  std::string text = head + TRY(read_all(*input, kLargestDockerfile));
  ContextTree tree;
  ContextEntry& entry = tree["Dockerfile"];
  entry.meta.mtime = static_cast<Nanos>(std::time(nullptr)) * kSecond;
  entry.meta.size = text.size();
  entry.bytes = std::move(text);
  out.dockerfile = "Dockerfile";
  out.tar = context_tar(std::move(tree));
  return out;
}

Result<size_t> ProgressSource::read(std::span<char> buffer) {
  constexpr std::uint64_t kEvery = 512 << 10;
  const size_t got = TRY(from_.read(buffer));
  sent_ += got;
  const auto line = [&] {
    std::string size = human_size(static_cast<double>(sent_));
    if (size.size() < 8) size.insert(0, 8 - size.size(), ' ');
    return "Sending build context to Docker daemon " + size + "\r";
  };
  if (got != 0 && terminal_ && sent_ - shown_ >= kEvery) {
    shown_ = sent_;
    show_(line());
  }
  if (got == 0 && !finished_) {
    finished_ = true;
    show_(line() + "\r\n");
  }
  return got;
}

}  // namespace strates::cli
