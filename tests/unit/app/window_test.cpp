// The real window on a display of its own: keys, mouse, clipboard, sizes, sleeping, closing.
#include <doctest/doctest.h>

#define GLFW_INCLUDE_NONE
#include <GLFW/glfw3.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <functional>
#include <mutex>
#include <thread>

#include "base/unique_fd.hpp"
#include "display.hpp"
#include "viewer/app/window.hpp"

using namespace strates;
using namespace strates::viewer;
using namespace strates::viewer::test;

namespace {

// Notes everything. Its picture: the left half in Ink::Accent, a target at 100..300 x 100..160.
struct Recorder : WindowContent {
  std::mutex mutex;
  std::vector<std::string> log;
  std::atomic<int> frames{0}, width{0}, height{0};
  std::atomic<float> scale{0};
  std::atomic<Shade> shade{Shade::Light};
  std::atomic<bool> moving{false}, closable{false};
  std::atomic<double> last{-1}, least_gap{1};  // seconds between pictures
  const UniqueFd bell{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};

  void note(const std::string& what) {
    const std::lock_guard lock(mutex);
    log.push_back(what);
  }
  bool noted(const std::string& what) {
    const std::lock_guard lock(mutex);
    return std::find(log.begin(), log.end(), what) != log.end();
  }

  Drawing frame(const Frame& asked) override {
    Drawing out;
    out.width = asked.width;
    out.height = asked.height;
    out.fill({0, 0, asked.width / 2, asked.height}, Ink::Accent);
    out.label({20, 20, 200, 60}, "Bonjour", TextStyle::Title, Ink::OnColour);
    out.target({100, 100, 200, 60}, "run");
    out.target({150, 110, 20, 20}, "over");
    width = static_cast<int>(asked.width);
    height = static_cast<int>(asked.height);
    scale = asked.theme.scale;
    shade = asked.theme.shade;
    if (last >= 0) least_gap = std::min<double>(least_gap, asked.now - last);
    last = asked.now;
    ++frames;
    return out;
  }
  void key(const KeyPress& press) override {
    if (press.key == Key::Escape) glfwSetWindowShouldClose(glfwGetCurrentContext(), GLFW_TRUE);  // as the close button does
    else if (press.key == Key::Character) note((press.ctrl ? "ctrl " : "") + std::string(press.alt ? "alt " : "") + static_cast<char>(press.character));
    else note("key " + std::to_string(static_cast<int>(press.key)));
  }
  void text(char32_t character) override { note("text " + std::to_string(static_cast<unsigned>(character))); }
  void click(const std::string& action) override { note("click " + action); }
  void wheel(Point, float lines) override { note(lines > 0 ? "wheel up" : "wheel down"); }
  void paste(const std::string& text) override { note("paste " + text); }
  std::string copy() override { return "copié : é"; }
  std::optional<double> redraw_in() override { return moving ? std::optional(0.0) : std::nullopt; }
  int wake_fd() override { return bell.get(); }
  bool woken() override {
    std::uint64_t rung = 0;
    if (::read(bell.get(), &rung, sizeof rung) == sizeof rung) note("bell");
    return true;
  }
  bool may_close() override {
    note("may close");
    return closable;
  }
};

using Clock = std::chrono::steady_clock;

bool comes(const std::function<bool()>& wanted) {
  for (const auto end = Clock::now() + std::chrono::seconds(15); Clock::now() < end;) {
    if (wanted()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

// No picture for a while: what was asked is done.
void settle(Recorder& content) {
  for (int before = -1; before != content.frames;) {
    before = content.frames;
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
  }
}

double processor_seconds() {
  timespec used = {};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) * 1e-9;
}

// Shows the content in this thread while `script` runs in another; whatever the script does, the window is closed in the end.
void play(WindowContent& content, const WindowOptions& options, const std::function<void()>& script) {
  auto window = Window::open(options);
  REQUIRE_MESSAGE(window.ok(), window.error().explanation());
  std::atomic<bool> shown{true};
  std::thread actor([&] {
    script();
    for (int i = 0; shown && i < 200; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    if (shown) ::kill(::getpid(), SIGTERM);
  });
  const auto out = window.value()->show(content);
  shown = false;
  actor.join();
  CHECK(out.ok());
}

#define WANT(condition) \
  if (!comes([&] { return condition; })) wrong.emplace_back(#condition)

}  // namespace

TEST_CASE("alone: window input" * doctest::skip()) {
  const auto display = Display::start(1280, 800);
  if (!display) return;
  const Variable named("DISPLAY", display->name().c_str());
  Recorder content;
  std::vector<std::string> wrong;
  WindowOptions options;
  options.width = 1000;
  options.height = 700;
  play(content, options, [&] {
    const Theme light = Theme::for_size(1000, 700, Shade::Light), dark = Theme::for_size(1000, 700, Shade::Dark);
    WANT(content.frames > 0 && content.width == 1000 && content.height == 700);
    WANT(hands({"search", "--sync", "--onlyvisible", "--name", "^Strates$", "windowfocus"}));
    WANT(display->at(300, 600) == light.colour(Ink::Accent) && display->at(700, 600) == light.colour(Ink::Ground));

    settle(content);
    const int before = content.frames;
    const double used = processor_seconds();
    std::this_thread::sleep_for(std::chrono::seconds(1));
    if (content.frames != before) wrong.emplace_back("paints while nothing happens");
    if (processor_seconds() - used > 0.03) wrong.emplace_back("works while nothing happens: " + std::to_string(processor_seconds() - used));

    hands({"type", "aé"});
    hands({"key", "Return", "ctrl+c", "alt+x"});
    WANT(content.noted("text 97") && content.noted("text 233") && content.noted("ctrl c") && content.noted("alt x"));
    WANT(content.noted("key " + std::to_string(static_cast<int>(Key::Enter))));
    if (content.noted("text 99")) wrong.emplace_back("Ctrl+C typed a c");

    hands({"mousemove", "250", "130", "click", "1"});
    WANT(content.noted("click run"));
    hands({"mousemove", "160", "120", "click", "1"});
    WANT(content.noted("click over"));  // the upper one
    hands({"mousemove", "120", "150", "mousedown", "1", "mousemove", "600", "400", "mouseup", "1", "click", "4", "click", "5"});
    WANT(content.noted("wheel up") && content.noted("wheel down"));
    if (std::count(content.log.begin(), content.log.end(), "click run") != 1) wrong.emplace_back("let go elsewhere, and clicked");

    settle(content);
    const int quiet = content.frames;
    const std::uint64_t one = 1;
    if (::write(content.bell.get(), &one, sizeof one) != sizeof one) wrong.emplace_back("bell");
    WANT(content.noted("bell") && content.frames > quiet);

    hands({"key", "ctrl+t"});
    WANT(content.shade == Shade::Dark && display->at(300, 600) == dark.colour(Ink::Accent));
    hands({"key", "ctrl+plus"});
    WANT(content.scale > 1.05f);
    hands({"key", "ctrl+0", "ctrl+minus"});
    WANT(content.scale < 0.95f);
    hands({"key", "ctrl+0"});
    WANT(content.scale == 1);

    hands({"key", "ctrl+shift+c", "ctrl+shift+v"});
    WANT(content.noted("paste copié : é"));

    hands({"search", "--name", "^Strates$", "windowsize", "900", "600"});
    WANT(content.width == 900 && content.height == 600);
    hands({"key", "F11"});
    WANT(content.width == 1280 && content.height == 800);
    hands({"key", "F11"});
    WANT(content.width == 900 && content.height == 600);

    hands({"key", "Escape"});
    WANT(content.noted("may close"));
    settle(content);
    const int kept = content.frames;
    hands({"key", "F5"});
    WANT(content.frames > kept);  // it stayed
    content.closable = true;
    hands({"key", "Escape"});
  });
  CHECK(std::count(content.log.begin(), content.log.end(), "may close") == 2);
  for (const std::string& what : wrong) FAIL_CHECK("never came: " << what);
}

TEST_CASE("alone: window motion" * doctest::skip()) {
  const auto display = Display::start(800, 600);
  if (!display) return;
  const Variable named("DISPLAY", display->name().c_str());
  Recorder content;
  content.moving = true;
  WindowOptions options;
  options.width = 640;
  options.height = 400;
  std::vector<std::string> wrong;
  play(content, options, [&] {
    WANT(content.frames > 0);
    const int before = content.frames;
    std::this_thread::sleep_for(std::chrono::seconds(1));
    const int painted = content.frames - before;
    if (painted > 62 || painted < 5) wrong.emplace_back(std::to_string(painted) + " pictures in a second");
    ::kill(::getpid(), SIGINT);
  });
  CHECK(content.least_gap.load() > 0.0166);
  CHECK_FALSE(content.noted("may close"));
  for (const std::string& what : wrong) FAIL_CHECK(what);
}

TEST_CASE("alone: window bench" * doctest::skip()) {
  const auto display = Display::start(800, 600);
  if (!display) return;
  const Variable named("DISPLAY", display->name().c_str());
  Recorder content;
  WindowOptions options;
  options.bench_frames = 7;
  auto window = Window::open(options);
  REQUIRE(window.ok());
  REQUIRE(window.value()->show(content).ok());
  CHECK(content.frames == 7);
  CHECK(window.value()->stats().count() == 7);
  CHECK(window.value()->stats().per_second() > 0);
  CHECK(window.value()->stats().sentence().starts_with("7 images"));
}

// In processes of their own: this one's thread has a context without a window (headless()), and X refuses a second kind beside it.
TEST_CASE("a window takes keys, mouse, clipboard and sizes, sleeps in between, and asks before it closes") { CHECK(run_case("alone: window input", {}) == 0); }
TEST_CASE("a motion is painted at most sixty times a second, and a signal closes the window without asking") { CHECK(run_case("alone: window motion", {}) == 0); }
TEST_CASE("a bench paints as many pictures as asked, and says how fast") { CHECK(run_case("alone: window bench", {}) == 0); }
