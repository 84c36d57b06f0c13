#include "viewer/app/wait_view.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>

namespace strates::viewer {

namespace {

constexpr size_t kMostLines = 200;
constexpr size_t kLongestLine = 500;

}  // namespace

Result<std::unique_ptr<WaitView>> WaitView::start(std::string title, std::string doing, std::function<Result<void>(const Say&)> work, std::function<void()> stop) {
  std::unique_ptr<WaitView> out(new WaitView(std::move(title), std::move(doing), std::move(stop)));
  out->news_.reset(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!out->news_) return system_error("make an eventfd", "", errno);
  out->thread_ = std::thread([view = out.get(), work = std::move(work)] {
    auto outcome = work([view](std::string_view text) { view->say(text); });
    const std::lock_guard lock(view->mutex_);
    view->outcome_ = std::move(outcome);
    view->over_ = true;
    eventfd_write(view->news_.get(), 1);
  });
  return out;
}

WaitView::~WaitView() {
  if (!finished() && stop_) stop_();
  thread_.join();
}

// Programs redraw a line of progress with \r: the last of it is what is shown.
void WaitView::say(std::string_view text) {
  const std::lock_guard lock(mutex_);
  for (const char c : text) {
    if (c == '\n') {
      lines_.push_back(std::exchange(heard_, {}));
      if (lines_.size() > kMostLines) lines_.erase(lines_.begin());
    } else if (c == '\r') {
      heard_.clear();
    } else if ((static_cast<unsigned char>(c) >= 0x20 || c == '\t') && heard_.size() < kLongestLine) {
      heard_ += c;
    }
  }
  eventfd_write(news_.get(), 1);
}

Drawing WaitView::frame(const Frame& frame) {
  {
    const std::lock_guard lock(mutex_);
    shown_.lines = lines_;
    if (!heard_.empty()) shown_.lines.push_back(heard_);
  }
  Drawing out;
  out.width = frame.width;
  out.height = frame.height;
  draw_waiting(out, shown_, frame.theme, frame.measure);
  return out;
}

bool WaitView::woken() {
  eventfd_t count = 0;
  eventfd_read(news_.get(), &count);
  return true;
}

bool WaitView::finished() {
  const std::lock_guard lock(mutex_);
  return over_;
}

Result<void> WaitView::outcome() {
  const std::lock_guard lock(mutex_);
  return outcome_;
}

}  // namespace strates::viewer
