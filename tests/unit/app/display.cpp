#include "display.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/unique_fd.hpp"

namespace strates::viewer::test {

namespace {

bool installed(const std::string& program) {
  std::istringstream folders(std::getenv("PATH") != nullptr ? std::getenv("PATH") : "");
  for (std::string folder; std::getline(folders, folder, ':');)
    if (::access((folder + "/" + program).c_str(), X_OK) == 0) return true;
  return false;
}

std::uint32_t word_at(const std::string& bytes, size_t index) {  // XWD: 32-bit words, the highest byte first
  std::uint32_t out = 0;
  for (size_t i = 0; i < 4; ++i) out = out << 8 | static_cast<unsigned char>(bytes.at(index * 4 + i));
  return out;
}

}  // namespace

std::unique_ptr<Display> Display::start(int width, int height) {
  for (const char* program : {"Xvfb", "xdotool"})
    if (!installed(program)) {
      MESSAGE("skipped, " << program << " is not installed");
      return nullptr;
    }
  std::unique_ptr<Display> out(new Display);
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  const UniqueFd reading(ends[0]);
  UniqueFd writing(ends[1]);
  const std::string screen = std::to_string(width) + "x" + std::to_string(height) + "x24";
  const std::string& folder = out->folder_.path();
  const int quiet = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  out->server_ = ::fork();
  REQUIRE(out->server_ >= 0);
  if (out->server_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::dup2(quiet, 1);
    ::dup2(quiet, 2);
    if (ends[1] == 9) ::fcntl(9, F_SETFD, 0);
    else ::dup2(ends[1], 9);
    ::execlp("Xvfb", "Xvfb", "-displayfd", "9", "-screen", "0", screen.c_str(), "-fbdir", folder.c_str(), "-nolisten", "tcp", "-noreset", nullptr);
    ::_exit(127);
  }
  ::close(quiet);
  writing.reset();
  std::string number;
  char part[64];
  pollfd asked = {reading.get(), POLLIN, 0};
  while (number.find('\n') == std::string::npos && ::poll(&asked, 1, 20'000) > 0) {
    const ssize_t got = ::read(reading.get(), part, sizeof part);
    if (got <= 0) break;
    number.append(part, static_cast<size_t>(got));
  }
  REQUIRE_MESSAGE(number.find('\n') != std::string::npos, "Xvfb did not start");
  out->name_ = ":" + number.substr(0, number.find('\n'));
  return out;
}

Display::~Display() {
  if (server_ <= 0) return;
  ::kill(server_, SIGTERM);
  ::waitpid(server_, nullptr, 0);
}

std::optional<Colour> Display::at(int x, int y) const {
  std::ifstream file(folder_ / "Xvfb_screen0", std::ios::binary);
  std::string head(100, '\0');
  if (!file.read(head.data(), 100)) return std::nullopt;
  const size_t row = word_at(head, 12), start = word_at(head, 0) + word_at(head, 19) * 12;
  file.seekg(static_cast<std::streamoff>(start + row * static_cast<size_t>(y) + static_cast<size_t>(x) * 4));
  unsigned char bgrx[4];
  if (!file.read(reinterpret_cast<char*>(bgrx), 4)) return std::nullopt;
  return Colour{bgrx[2], bgrx[1], bgrx[0]};
}

bool hands(const std::vector<std::string>& arguments) {
  std::vector<std::string> words = {"xdotool"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> raw;
  for (std::string& word : words) raw.push_back(word.data());
  raw.push_back(nullptr);
  pid_t child = -1;
  if (::posix_spawnp(&child, "xdotool", nullptr, nullptr, raw.data(), environ) != 0) return false;
  int status = 0;
  return ::waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace strates::viewer::test
