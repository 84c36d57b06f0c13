// The window's content while something long is done before a lesson shows (an image is made): what is said about it, as it comes.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "viewer/app/window_content.hpp"
#include "viewer/panel/lesson_menu.hpp"

namespace strates::viewer {

class WaitView : public WindowContent {
 public:
  using Say = std::function<void(std::string_view)>;

  // `work` runs in a thread of its own; its lines are given to Say. `stop` is called from the window's thread, at most once, when nobody waits any more:
  // it makes `work` return soon.
  static Result<std::unique_ptr<WaitView>> start(std::string title, std::string doing, std::function<Result<void>(const Say&)> work, std::function<void()> stop);
  // Stops the work when it is not over, and waits for it.
  ~WaitView() override;

  Drawing frame(const Frame& frame) override;
  int wake_fd() override { return news_.get(); }
  bool woken() override;
  bool finished() override;

  // Of the work; once finished().
  Result<void> outcome();

 private:
  WaitView(std::string title, std::string doing, std::function<void()> stop) : stop_(std::move(stop)) {
    shown_.title = std::move(title);
    shown_.doing = std::move(doing);
  }
  void say(std::string_view text);

  std::function<void()> stop_;
  Waiting shown_;
  UniqueFd news_;
  std::mutex mutex_;           // for what follows
  std::string heard_;          // the last line, not ended yet
  std::vector<std::string> lines_;
  Result<void> outcome_;
  bool over_ = false;
  std::thread thread_;
};

}  // namespace strates::viewer
