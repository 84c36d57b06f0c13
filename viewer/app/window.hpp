// A real window: GLFW and OpenGL. Sleeps until a key, the mouse, the system or the content's descriptor wants something; at most 60 pictures a second.
#pragma once

#include <memory>

#include "base/result.hpp"
#include "viewer/app/frame_stats.hpp"
#include "viewer/app/window_content.hpp"

namespace strates::viewer {

struct WindowOptions {
  std::string title = "Strates";
  int width = 1280, height = 720;  // before the screen's scale
  Shade shade = Shade::Light;
  bool motion = true;
  bool full_screen = false;
  int bench_frames = 0;  // more than 0: as fast as it can, this many pictures, then it closes
};

// One in a process, in the main thread (GLFW's rule), and no Headless in that thread meanwhile (X ends the program).
class Window {
 public:
  // code window.no-display: no X11 display or it refuses; gl.unavailable; font.*. The caller then plays in the terminal.
  static Result<std::unique_ptr<Window>> open(const WindowOptions& options);
  ~Window();
  Window(const Window&) = delete;
  Window& operator=(const Window&) = delete;

  // Until it is closed: by its button (may_close), by the content (finished), by SIGINT, SIGTERM or SIGHUP.
  Result<void> show(WindowContent& content);

  // Of what show() painted: from asking for the drawing to its being on the screen.
  const FrameStats& stats() const;

 private:
  struct State;
  explicit Window(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace strates::viewer
