#include "cli/remote_context.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "base/http.hpp"
#include "base/strings.hpp"
#include "base/unique_fd.hpp"
#include "cli/file_source.hpp"
#include "cli/prepare/child_program.hpp"
#include "cli/units.hpp"
#include "http/outbound/get_url.hpp"
#include "http/outbound/transport.hpp"

namespace strates::cli {

namespace {

constexpr std::uint64_t kMostDownload = std::uint64_t{16} << 30;  // what a daemon takes

Error clone_error(const std::string& why) {
  return docker_error(ErrorKind::Invalid, "cli.context-git", "unable to 'git clone' to temporary context directory: " + why);
}

struct Said {
  int code = 0;
  std::string text;  // both streams
};

// git in `root`. What the repository brings decides nothing about what runs here.
Result<Said> git(const std::string& root, const std::vector<std::string>& words) {
  std::vector<std::string> command = {"git", "-C", root};
  for (const char* setting : {"core.hooksPath=/dev/null", "core.fsmonitor=false", "protocol.ext.allow=never", "advice.detachedHead=false", "gc.auto=0"})
    command.insert(command.end(), {"-c", setting});
  command.insert(command.end(), words.begin(), words.end());
  Said said;
  const ProgramEnd end = TRY(run_program(command, [&](const std::string& line) { said.text += line + "\n"; }));
  said.text = end.output + said.text;
  said.code = end.exit_code;
  return said;
}

// The first `%` that two hexadecimal digits do not follow, with what follows instead; empty: there is none.
std::string bad_escape(std::string_view text) {
  const auto is_hex = [&](size_t at) { return at < text.size() && std::isxdigit(static_cast<unsigned char>(text[at])) != 0; };
  for (size_t i = 0; i < text.size(); ++i)
    if (text[i] == '%' && !(is_hex(i + 1) && is_hex(i + 2))) return std::string(text.substr(i, 3));
  return "";
}

// Spaces and what is not ASCII as a URL has them; a query stays as it is.
std::string in_url_letters(std::string_view url) {
  std::string out;
  for (const char c : url.substr(0, url.find('?'))) out += c == ' ' || static_cast<unsigned char>(c) >= 0x80 ? percent_encode({&c, 1}) : std::string(1, c);
  return out + std::string(url.substr(std::min(url.size(), url.find('?'))));
}

std::string exit_status(int code) { return "exit status " + std::to_string(code); }

std::string progress_line(const std::string& url, std::uint64_t done, std::optional<std::uint64_t> of) {
  constexpr size_t kWidth = 50;
  const auto size_of = [](std::uint64_t bytes) { return human_size(static_cast<double>(bytes)); };
  const auto padded = [](std::string text) { return text.size() < 8 ? std::string(8 - text.size(), ' ') + text : text; };
  std::string line = "Downloading build context from remote url: " + url + " ";
  if (!of) return line + padded(size_of(done)) + "\r";
  const auto filled = static_cast<size_t>(*of == 0 ? kWidth : kWidth * done / *of);
  line += "[" + std::string(filled, '=') + ">" + std::string(kWidth - std::min(filled, kWidth), ' ') + "] ";
  return line + padded(size_of(done)) + "/" + size_of(*of) + "\r";
}

}  // namespace

bool is_url_address(const std::string& argument) { return argument.starts_with("http://") || argument.starts_with("https://"); }

Result<GitAddress> parse_git_address(const std::string& argument) {
  GitAddress out;
  const size_t hash = argument.find('#');
  out.remote = argument.substr(0, hash);
  if (out.remote.starts_with("github.com/")) out.remote.insert(0, "https://");
  std::string fragment = hash == std::string::npos ? "" : argument.substr(hash + 1);
  if (!out.remote.starts_with("git@")) {  // the others are URLs
    std::string bad = bad_escape(out.remote.substr(0, out.remote.find('?')));
    if (bad.empty()) bad = bad_escape(fragment);
    // Docker says it of the argument with a scheme before it, even where there is one.
    if (!bad.empty()) return clone_error("parse " + go_quote("https://" + argument) + ": invalid URL escape " + go_quote(bad));
    fragment = percent_decode(fragment, false);
    out.remote = in_url_letters(out.remote);
  }
  const size_t colon = fragment.find(':');
  out.ref = fragment.substr(0, colon);
  if (out.ref.empty()) out.ref = "master";
  if (colon != std::string::npos) out.folder = fragment.substr(colon + 1);
  if (out.ref.starts_with('-')) return clone_error("invalid refspec: " + out.ref);
  return out;
}

GitCheckout::GitCheckout(GitCheckout&& other) noexcept : root_(std::exchange(other.root_, "")), folder_(std::move(other.folder_)) {}

GitCheckout::~GitCheckout() {
  std::error_code error;
  if (!root_.empty()) std::filesystem::remove_all(root_, error);
}

Result<GitCheckout> GitCheckout::fetch(const GitAddress& address) {
  const char* const named = std::getenv("TMPDIR");
  std::string root = std::string(named != nullptr && *named != '\0' ? named : "/tmp") + "/docker-build-gitXXXXXX";
  if (mkdtemp(root.data()) == nullptr) return system_error("make directory", root, errno);
  // The transports a submodule may name as well; nobody is asked for a password.
  setenv("GIT_ALLOW_PROTOCOL", "http:https:git:ssh", 1);
  setenv("GIT_TERMINAL_PROMPT", "0", 0);
  GitCheckout out(root);
  TRY(out.fill(address));
  return out;
}

Result<void> GitCheckout::fill(const GitAddress& address) {
  if (const Said said = TRY(git(root_, {"init", "-q"})); said.code == 127) return docker_error(ErrorKind::NotFound, "cli.no-git", "unable to find 'git': exec: \"git\": executable file not found in $PATH");
  else if (said.code != 0) return clone_error("failed to init repo at " + root_ + ": " + said.text + ": " + exit_status(said.code));
  if (const Said said = TRY(git(root_, {"remote", "add", "--", "origin", address.remote})); said.code != 0)
    return clone_error("failed add origin repo at " + address.remote + ": " + said.text + ": " + exit_status(said.code));
  Said fetched = TRY(git(root_, {"fetch", "-q", "--no-recurse-submodules", "--depth", "1", "origin", "--", address.ref}));
  // A server of plain files has no depth.
  if (fetched.code != 0) fetched = TRY(git(root_, {"fetch", "-q", "--no-recurse-submodules", "origin", "--", address.ref}));
  if (fetched.code != 0) return clone_error("error fetching: " + fetched.text + ": " + exit_status(fetched.code));
  // A branch by its name, so that HEAD says so; what is no branch, as what was fetched.
  if (TRY(git(root_, {"checkout", "-q", address.ref, "--"})).code != 0)
    if (const Said said = TRY(git(root_, {"checkout", "-q", "FETCH_HEAD", "--"})); said.code != 0)
      return clone_error("error checking out " + address.ref + ": " + said.text + ": " + exit_status(said.code));
  if (access((root_ + "/.gitmodules").c_str(), F_OK) == 0)
    if (const Said said = TRY(git(root_, {"submodule", "-q", "update", "--init", "--recursive", "--depth=1"})); said.code != 0)
      return clone_error("error initializing submodules: " + said.text + ": " + exit_status(said.code));
  folder_ = root_;
  if (address.folder.empty()) return success();
  const std::string asked = join_path(root_, address.folder);
  char buffer[PATH_MAX];
  if (realpath(asked.c_str(), buffer) == nullptr) return clone_error("stat " + asked + ": no such file or directory");
  folder_ = buffer;
  char real_root[PATH_MAX];
  const std::string root = realpath(root_.c_str(), real_root) != nullptr ? real_root : root_;
  if (folder_ != root && !folder_.starts_with(root + "/")) return clone_error("error setting git context, " + go_quote(address.folder) + " not within git root");
  struct stat status {};
  if (stat(folder_.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) return clone_error("error setting git context, not a directory: " + folder_);
  return success();
}

Result<std::unique_ptr<ByteSource>> download_context(const std::string& url, const std::function<void(std::string_view)>& show) {
  constexpr std::uint64_t kEvery = 512 << 10;
  UniqueFd file = TRY(anonymous_file());
  const auto unable = [&](const std::string& why) { return docker_error(ErrorKind::Unavailable, "cli.context-url", "unable to download remote context " + url + ": " + why); };
  http::Transport transport({.user_agent = "strates"});
  auto answered = http::get_url(transport, url, nullptr);
  if (!answered.ok() && answered.error().code == "fetch.no-tls") return std::move(answered).error();
  if (!answered.ok()) return unable(answered.error().message());
  const FetchResponse& response = answered.value();
  std::optional<std::uint64_t> total;
  if (const auto length = http_header(response.headers, "Content-Length")) {
    std::uint64_t number = 0;
    if (std::from_chars(length->data(), length->data() + length->size(), number).ec == std::errc()) total = number;
  }
  std::uint64_t done = 0, shown = 0;
  std::string buffer(64 << 10, '\0');
  for (;;) {
    const auto got = response.body->read(buffer);
    if (!got.ok()) return unable(got.error().message());
    if (got.value() == 0) break;
    done += got.value();
    if (done > kMostDownload) return unable("more than " + human_size(static_cast<double>(kMostDownload)));
    TRY(write_all(file, std::string_view(buffer).substr(0, got.value()), url));
    if (done - shown < kEvery) continue;
    shown = done;
    show(progress_line(url, done, total));
  }
  show(progress_line(url, done, total));
  show(progress_line(url, done, total) + "\r\n");
  if (lseek(file.get(), 0, SEEK_SET) != 0) return system_error("seek", "build context", errno);
  return std::unique_ptr<ByteSource>(std::make_unique<FileSource>(std::move(file), url));
}

}  // namespace strates::cli
