#include "viewer/app/window.hpp"

#define GLFW_INCLUDE_NONE
#include <GLFW/glfw3.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>

#include "viewer/app/driver_leaks.hpp"
#include "viewer/app/gl_renderer.hpp"
#include "viewer/app/stop_signals.hpp"
#include "viewer/app/wake_thread.hpp"
#include "viewer/app/window_keys.hpp"
#include "viewer/app/words.hpp"

namespace strates::viewer {

namespace {

constexpr double kFrame = 1.0 / 60;
constexpr size_t kLongestPaste = 1u << 20;
constexpr float kZooms[] = {0.8f, 0.9f, 1.0f, 1.1f, 1.25f, 1.5f, 1.75f, 2.0f};
constexpr int kUsualZoom = 2;
constexpr float kLeastScale = 0.5f, kMostScale = 5;

// GLFW reports by a callback, and sometimes only there.
std::string g_last_error;
void note_error(int, const char* words) { g_last_error = words; }

struct GlfwLibrary {
  ~GlfwLibrary() { glfwTerminate(); }
};

struct CloseWindow {
  void operator()(GLFWwindow* window) const { glfwDestroyWindow(window); }
};
struct CloseCursor {
  void operator()(GLFWcursor* cursor) const { glfwDestroyCursor(cursor); }
};

// Whole characters only, at most `most` bytes.
std::string cut_text(std::string_view text, size_t most) {
  if (text.size() > most) {
    while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xc0) == 0x80) --most;
    text = text.substr(0, most);
  }
  return std::string(text);
}

}  // namespace

struct Window::State {
  WindowOptions options;
  std::unique_ptr<GlfwLibrary> library;
  std::unique_ptr<GLFWwindow, CloseWindow> window;
  std::unique_ptr<GLFWcursor, CloseCursor> hand;
  std::unique_ptr<GlRenderer> renderer;
  FrameStats stats;

  WindowContent* content = nullptr;
  std::vector<Target> targets;  // of the picture that is shown
  std::string pressed;          // the action under the last press
  bool dirty = true, pointing = false;
  int zoom = kUsualZoom;
  int windowed_x = 0, windowed_y = 0, windowed_width = 0, windowed_height = 0;

  static State& of(GLFWwindow* window) { return *static_cast<State*>(glfwGetWindowUserPointer(window)); }

  Theme theme_for(int width, int height) const {
    float scale = 1, unused = 1;
    glfwGetWindowContentScale(window.get(), &scale, &unused);
    if (!(scale >= 0.5f && scale <= 4)) scale = 1;
    Theme out = Theme::for_size(static_cast<float>(width) / scale, static_cast<float>(height) / scale, options.shade);
    out.scale = std::clamp(out.scale * scale * kZooms[zoom], kLeastScale, kMostScale);
    out.motion = options.motion;
    return out;
  }

  // Mouse positions are in the screen's units, drawings in points of the framebuffer.
  Point mouse() const {
    double x = 0, y = 0;
    int width = 0, height = 0, points_wide = 0, points_high = 0;
    glfwGetCursorPos(window.get(), &x, &y);
    glfwGetWindowSize(window.get(), &width, &height);
    glfwGetFramebufferSize(window.get(), &points_wide, &points_high);
    if (width <= 0 || height <= 0) return {};
    return {static_cast<float>(x * points_wide / width), static_cast<float>(y * points_high / height)};
  }

  std::string action_at(Point p) const {
    for (auto target = targets.rbegin(); target != targets.rend(); ++target)
      if (target->box.contains(p)) return target->action;
    return {};
  }

  void command(WindowCommand what) {
    switch (what) {
      case WindowCommand::FullScreen: toggle_full_screen(); break;
      case WindowCommand::Larger: zoom = std::min<int>(zoom + 1, std::size(kZooms) - 1); break;
      case WindowCommand::Smaller: zoom = std::max(zoom - 1, 0); break;
      case WindowCommand::UsualSize: zoom = kUsualZoom; break;
      case WindowCommand::OtherShade: options.shade = options.shade == Shade::Light ? Shade::Dark : Shade::Light; break;
      case WindowCommand::Copy:
        if (const std::string text = content->copy(); !text.empty()) glfwSetClipboardString(window.get(), text.c_str());
        break;
      case WindowCommand::Paste:
        if (const char* text = glfwGetClipboardString(window.get()); text != nullptr) content->paste(cut_text(text, kLongestPaste));
        break;
    }
  }

  void toggle_full_screen() {
    if (glfwGetWindowMonitor(window.get()) != nullptr) {
      glfwSetWindowMonitor(window.get(), nullptr, windowed_x, windowed_y, windowed_width, windowed_height, GLFW_DONT_CARE);
      return;
    }
    glfwGetWindowPos(window.get(), &windowed_x, &windowed_y);
    glfwGetWindowSize(window.get(), &windowed_width, &windowed_height);
    if (GLFWmonitor* monitor = monitor_here(); monitor != nullptr) {
      const GLFWvidmode* mode = glfwGetVideoMode(monitor);
      if (mode != nullptr) glfwSetWindowMonitor(window.get(), monitor, 0, 0, mode->width, mode->height, mode->refreshRate);
    }
  }

  // The screen that holds the window's middle.
  GLFWmonitor* monitor_here() const {
    const int x = windowed_x + windowed_width / 2, y = windowed_y + windowed_height / 2;
    int count = 0;
    GLFWmonitor** monitors = glfwGetMonitors(&count);
    for (int i = 0; i < count; ++i) {
      int left = 0, top = 0;
      glfwGetMonitorPos(monitors[i], &left, &top);
      const GLFWvidmode* mode = glfwGetVideoMode(monitors[i]);
      if (mode != nullptr && x >= left && x < left + mode->width && y >= top && y < top + mode->height) return monitors[i];
    }
    return glfwGetPrimaryMonitor();
  }

  void install_callbacks() {
    GLFWwindow* w = window.get();
    glfwSetWindowUserPointer(w, this);
    glfwSetFramebufferSizeCallback(w, [](GLFWwindow* of_it, int, int) { of(of_it).dirty = true; });
    glfwSetWindowContentScaleCallback(w, [](GLFWwindow* of_it, float, float) { of(of_it).dirty = true; });
    glfwSetWindowRefreshCallback(w, [](GLFWwindow* of_it) { of(of_it).dirty = true; });
    glfwSetKeyCallback(w, [](GLFWwindow* of_it, int key, int scancode, int action, int modifiers) {
      State& s = of(of_it);
      if (action == GLFW_RELEASE || s.content == nullptr) return;
      const char* name = glfwGetKeyName(key, scancode);
      if (const auto command = window_command(key, name, modifiers)) s.command(*command);
      else if (const auto press = key_press(key, name, modifiers, action == GLFW_REPEAT)) s.content->key(*press);
      else return;
      s.dirty = true;
    });
    glfwSetCharCallback(w, [](GLFWwindow* of_it, unsigned character) {
      State& s = of(of_it);
      if (s.content == nullptr) return;
      s.content->text(character);
      s.dirty = true;
    });
    glfwSetMouseButtonCallback(w, [](GLFWwindow* of_it, int button, int action, int) {
      State& s = of(of_it);
      if (button != GLFW_MOUSE_BUTTON_LEFT || s.content == nullptr) return;
      const Point at = s.mouse();
      const std::string here = s.action_at(at);
      s.dirty = true;
      s.content->pointer({action == GLFW_PRESS ? Pointer::Kind::Press : Pointer::Kind::Release, at, action == GLFW_PRESS, here});
      if (action == GLFW_PRESS) {
        s.pressed = here;
      } else {
        if (!here.empty() && here == s.pressed) s.content->click(here);
        s.pressed.clear();
      }
    });
    glfwSetCursorPosCallback(w, [](GLFWwindow* of_it, double, double) {
      State& s = of(of_it);
      if (s.content == nullptr) return;
      const Point at = s.mouse();
      const bool held = glfwGetMouseButton(of_it, GLFW_MOUSE_BUTTON_LEFT) == GLFW_PRESS;
      if (s.content->pointer({Pointer::Kind::Move, at, held, s.action_at(at)})) s.dirty = true;
      s.show_hand();
    });
    glfwSetScrollCallback(w, [](GLFWwindow* of_it, double, double lines) {
      State& s = of(of_it);
      if (s.content == nullptr || lines == 0) return;
      s.content->wheel(s.mouse(), static_cast<float>(lines));
      s.dirty = true;
    });
  }

  void show_hand() {
    const bool now = !action_at(mouse()).empty();
    if (now != pointing) glfwSetCursor(window.get(), now ? hand.get() : nullptr);
    pointing = now;
  }

  Result<void> draw(double now) {
    int width = 0, height = 0;
    glfwGetFramebufferSize(window.get(), &width, &height);
    if (width <= 0 || height <= 0) return {};  // minimised
    const Theme theme = theme_for(width, height);
    TRY(renderer->prepare(theme));
    const double began = glfwGetTime();
    const FontMeasure measure(renderer->fonts());
    Drawing drawing = content->frame({static_cast<float>(width), static_cast<float>(height), theme, measure, now});
    drawing.width = static_cast<float>(width);
    drawing.height = static_cast<float>(height);
    renderer->render(drawing, theme);
    glfwSwapBuffers(window.get());
    stats.add(glfwGetTime() - began);
    targets = std::move(drawing.targets);
    show_hand();
    return {};
  }

  Result<void> run(const StopSignals& signals, WakeThread& waker, std::atomic<bool>& woke) {
    const double never = std::numeric_limits<double>::infinity();
    const bool bench = options.bench_frames > 0;
    double next = never;  // when a picture is due by itself
    double last = -1;
    while (!signals.arrived() && !content->finished()) {
      const double now = glfwGetTime();
      if (bench && stats.count() >= static_cast<size_t>(options.bench_frames)) return {};
      if (bench || ((dirty || now >= next) && now - last >= kFrame)) {
        dirty = false;
        last = now;
        TRY(draw(now));
        const auto wanted = content->redraw_in();
        next = wanted ? now + std::max(0.0, *wanted) : never;
      }
      const double due = dirty ? last + kFrame : std::max(next, last + kFrame);
      const double wait = bench ? 0 : due - glfwGetTime();
      if (wait <= 0) glfwPollEvents();
      else if (std::isinf(wait)) glfwWaitEvents();
      else glfwWaitEventsTimeout(wait);
      if (woke.exchange(false)) {
        if (!signals.arrived() && content->woken()) dirty = true;
        waker.rearm();
      }
      if (glfwWindowShouldClose(window.get())) {
        if (content->may_close()) return {};
        glfwSetWindowShouldClose(window.get(), GLFW_FALSE);
        dirty = true;
      }
    }
    return {};
  }
};

Window::Window(std::unique_ptr<State> state) : state_(std::move(state)) {}

Window::~Window() = default;

Result<std::unique_ptr<Window>> Window::open(const WindowOptions& options) {
  auto state = std::make_unique<State>();
  state->options = options;
  glfwSetErrorCallback(note_error);
  g_last_error.clear();
  if (glfwInit() != GLFW_TRUE)
    return make_error(ErrorKind::Unavailable, "window.no-display", said(AppText::AppOpenWindow), "", said(AppText::AppNoDisplay, g_last_error),
                      said(AppText::AppNoDisplayAdvice));
  state->library = std::make_unique<GlfwLibrary>();
  glfwWindowHint(GLFW_CONTEXT_VERSION_MAJOR, 3);
  glfwWindowHint(GLFW_CONTEXT_VERSION_MINOR, 3);
  glfwWindowHint(GLFW_OPENGL_PROFILE, GLFW_OPENGL_CORE_PROFILE);
  glfwWindowHint(GLFW_SCALE_TO_MONITOR, GLFW_TRUE);
  glfwWindowHint(GLFW_DEPTH_BITS, 0);
  glfwWindowHint(GLFW_STENCIL_BITS, 0);
  glfwWindowHintString(GLFW_X11_CLASS_NAME, "strates");
  glfwWindowHintString(GLFW_X11_INSTANCE_NAME, "strates");
  state->window.reset(glfwCreateWindow(options.width, options.height, options.title.c_str(), nullptr, nullptr));
  if (!state->window)
    return make_error(ErrorKind::Unavailable, "gl.unavailable", said(AppText::AppOpenWindow), "", said(AppText::AppNoGl, g_last_error),
                      said(AppText::AppGlAdvice));
  glfwSetWindowSizeLimits(state->window.get(), 640, 400, GLFW_DONT_CARE, GLFW_DONT_CARE);
  glfwMakeContextCurrent(state->window.get());
  keep_driver_loaded();
  glfwSwapInterval(options.bench_frames > 0 ? 0 : 1);
  state->hand.reset(glfwCreateStandardCursor(GLFW_HAND_CURSOR));
  state->renderer = TRY(GlRenderer::create());
  int width = 0, height = 0;
  glfwGetFramebufferSize(state->window.get(), &width, &height);
  TRY(state->renderer->prepare(state->theme_for(width, height)));  // fonts that lack are told now, not after the window appeared empty
  state->install_callbacks();
  if (options.full_screen) state->toggle_full_screen();
  return std::unique_ptr<Window>(new Window(std::move(state)));
}

Result<void> Window::show(WindowContent& content) {
  const auto signals = TRY(StopSignals::catch_them());
  std::atomic<bool> woke{false};
  const auto waker = TRY(WakeThread::start({signals->fd(), content.wake_fd()}, [&woke] {
    woke = true;
    glfwPostEmptyEvent();
  }));
  state_->content = &content;
  state_->dirty = true;
  auto out = state_->run(*signals, *waker, woke);
  state_->content = nullptr;
  return out;
}

const FrameStats& Window::stats() const { return state_->stats; }

}  // namespace strates::viewer
