#include "linux/network/reactor.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>

namespace strates::linux_world {

Result<std::unique_ptr<Reactor>> Reactor::start() {
  UniqueFd poll(::epoll_create1(EPOLL_CLOEXEC)), wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!poll || !wake) return system_error("epoll_create", "", errno);
  epoll_event event{EPOLLIN, {.fd = wake.get()}};
  if (::epoll_ctl(poll.get(), EPOLL_CTL_ADD, wake.get(), &event) != 0) return system_error("epoll_ctl", "", errno);
  std::unique_ptr<Reactor> reactor(new Reactor(std::move(poll), std::move(wake)));
  reactor->thread_ = std::thread([raw = reactor.get()] { raw->serve(); });
  return reactor;
}

Reactor::~Reactor() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  ::eventfd_write(wake_.get(), 1);
  thread_.join();
}

void Reactor::run(const std::function<void()>& work) {
  if (std::this_thread::get_id() == thread_.get_id()) return work();
  Task task{&work};
  std::unique_lock lock(mutex_);
  tasks_.push_back(&task);
  ::eventfd_write(wake_.get(), 1);
  changed_.wait(lock, [&] { return task.done; });
}

void Reactor::watch(int fd, std::uint32_t events, Ready ready) {
  watched_[fd] = std::make_shared<Ready>(std::move(ready));
  epoll_event event{events, {.fd = fd}};
  ::epoll_ctl(poll_.get(), EPOLL_CTL_ADD, fd, &event);
}

void Reactor::change(int fd, std::uint32_t events) {
  epoll_event event{events, {.fd = fd}};
  ::epoll_ctl(poll_.get(), EPOLL_CTL_MOD, fd, &event);
}

void Reactor::forget(int fd) {
  ::epoll_ctl(poll_.get(), EPOLL_CTL_DEL, fd, nullptr);
  watched_.erase(fd);
}

Reactor::Timer Reactor::after(std::chrono::milliseconds delay, std::function<void()> call) {
  timers_.emplace(std::pair(std::chrono::steady_clock::now() + delay, ++last_timer_), std::move(call));
  return last_timer_;
}

void Reactor::cancel(Timer timer) {
  std::erase_if(timers_, [&](const auto& entry) { return entry.first.second == timer; });
}

void Reactor::do_tasks() {
  for (;;) {
    Task* task = nullptr;
    {
      const std::lock_guard lock(mutex_);
      if (tasks_.empty()) return;
      task = tasks_.front();
      tasks_.pop_front();
    }
    (*task->work)();
    const std::lock_guard lock(mutex_);
    task->done = true;
    changed_.notify_all();
  }
}

int Reactor::next_delay() const {
  if (timers_.empty()) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(timers_.begin()->first.first - std::chrono::steady_clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
}

void Reactor::ring_due() {
  while (!timers_.empty() && timers_.begin()->first.first <= std::chrono::steady_clock::now()) {
    const auto call = std::move(timers_.begin()->second);
    timers_.erase(timers_.begin());
    call();
  }
}

void Reactor::serve() {
  epoll_event events[64];
  for (;;) {
    const int count = ::epoll_wait(poll_.get(), events, 64, next_delay());
    for (int i = 0; i < count; ++i) {
      if (events[i].data.fd == wake_.get()) {
        eventfd_t drained = 0;
        ::eventfd_read(wake_.get(), &drained);
        continue;
      }
      // Kept while it is called: it may forget itself. One forgotten since the wait is not called.
      const auto found = watched_.find(events[i].data.fd);
      if (found == watched_.end()) continue;
      const auto ready = found->second;
      (*ready)(events[i].events);
    }
    ring_due();
    do_tasks();
    const std::lock_guard lock(mutex_);
    if (stopping_ && tasks_.empty()) return;
  }
}

}  // namespace strates::linux_world
