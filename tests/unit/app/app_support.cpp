#include "app_support.hpp"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

namespace strates::viewer::test {

namespace {

bool machine_has_egl() {
  for (const char* folder : {"/usr/share/glvnd/egl_vendor.d", "/etc/glvnd/egl_vendor.d"}) {
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error))
      if (entry.path().extension() == ".json") return true;
  }
  return false;
}

}  // namespace

Headless* headless() {
  static const std::unique_ptr<Headless> opened = [] {
    auto out = Headless::open();
    if (out.ok()) return std::move(out).value();
    if (machine_has_egl()) FAIL_CHECK(out.error().explanation());
    else MESSAGE("skipped, this machine has no EGL driver: " << out.error().explanation());
    return std::unique_ptr<Headless>();
  }();
  return opened.get();
}

Pixels painted(const Drawing& drawing, const Theme& theme) {
  auto out = headless()->paint(drawing, theme);
  REQUIRE_MESSAGE(out.ok(), out.error().explanation());
  return std::move(out).value();
}

Box ink_in(const Pixels& pixels, const Box& within, Colour ground) {
  const int left = std::max(0, static_cast<int>(within.x)), right = std::min(pixels.width, static_cast<int>(within.right()));
  const int top = std::max(0, static_cast<int>(within.y)), bottom = std::min(pixels.height, static_cast<int>(within.bottom()));
  int x0 = right, x1 = left, y0 = bottom, y1 = top;
  for (int y = top; y < bottom; ++y)
    for (int x = left; x < right; ++x) {
      if (pixels.at(x, y) == ground) continue;
      x0 = std::min(x0, x);
      x1 = std::max(x1, x + 1);
      y0 = std::min(y0, y);
      y1 = std::max(y1, y + 1);
    }
  if (x1 <= x0) return {};
  return {static_cast<float>(x0), static_cast<float>(y0), static_cast<float>(x1 - x0), static_cast<float>(y1 - y0)};
}

int run_case(const std::string& test_case, const std::vector<std::string>& environment) {
  std::vector<std::string> kept = environment;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string name = std::string(*entry).substr(0, std::string(*entry).find('='));
    if (std::none_of(environment.begin(), environment.end(), [&](const std::string& own) { return own.substr(0, own.find('=')) == name; }))
      kept.emplace_back(*entry);
  }
  std::erase_if(kept, [](const std::string& entry) { return entry.find('=') == std::string::npos; });
  std::vector<char*> variables;
  for (std::string& entry : kept) variables.push_back(entry.data());
  variables.push_back(nullptr);
  std::string program = "/proc/self/exe", filter = "--test-case=" + test_case, all = "--no-skip";
  char* arguments[] = {program.data(), filter.data(), all.data(), nullptr};
  pid_t child = -1;
  if (::posix_spawn(&child, program.c_str(), nullptr, nullptr, arguments, variables.data()) != 0) return -1;
  int status = 0;
  if (::waitpid(child, &status, 0) != child) return -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

Folder::Folder() {
  path_ = (std::filesystem::temp_directory_path() / "strates-app-XXXXXX").string();
  REQUIRE(::mkdtemp(path_.data()) != nullptr);
}
Folder::~Folder() {
  std::error_code error;
  std::filesystem::remove_all(path_, error);
}

Variable::Variable(const char* name, const char* value) : name_(name) {
  if (const char* before = std::getenv(name); before != nullptr) {
    was_set_ = true;
    before_ = before;
  }
  if (value != nullptr) ::setenv(name, value, 1);
  else ::unsetenv(name);
}
Variable::~Variable() {
  if (was_set_) ::setenv(name_.c_str(), before_.c_str(), 1);
  else ::unsetenv(name_.c_str());
}

}  // namespace strates::viewer::test
