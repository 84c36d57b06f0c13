// A display of the test's own (Xvfb), and hands for it (xdotool).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "app_support.hpp"

namespace strates::viewer::test {

class Display {
 public:
  // Null, with a message, on a machine without Xvfb or xdotool.
  static std::unique_ptr<Display> start(int width, int height);
  ~Display();
  Display(const Display&) = delete;
  Display& operator=(const Display&) = delete;

  // ":7"
  const std::string& name() const { return name_; }
  // What is on the screen at a point.
  std::optional<Colour> at(int x, int y) const;

 private:
  Display() = default;
  Folder folder_;
  pid_t server_ = -1;
  std::string name_;
};

// xdotool with these arguments, on the display DISPLAY names; false when it failed.
bool hands(const std::vector<std::string>& arguments);

}  // namespace strates::viewer::test
