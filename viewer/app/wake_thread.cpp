#include "viewer/app/wake_thread.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>

#include "viewer/app/words.hpp"

namespace strates::viewer {

namespace {

constexpr std::uint64_t kStop = 1ull << 32;

}  // namespace

Result<std::unique_ptr<WakeThread>> WakeThread::start(std::vector<int> fds, std::function<void()> wake) {
  std::unique_ptr<WakeThread> out(new WakeThread);
  out->control_.reset(::eventfd(0, EFD_CLOEXEC));
  if (!out->control_) return system_error(said(AppText::AppOpenWindow), "eventfd", errno);
  std::erase_if(fds, [](int fd) { return fd < 0; });
  // Signals are the other threads' business.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  out->thread_ = std::thread([self = out.get(), fds = std::move(fds), wake = std::move(wake)] { self->run(fds, wake); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return out;
}

void WakeThread::run(const std::vector<int>& fds, const std::function<void()>& wake) {
  std::vector<pollfd> watched = {{control_.get(), POLLIN, 0}};
  for (const int fd : fds) watched.push_back({fd, POLLIN, 0});
  bool armed = true;
  while (true) {
    const int ready = ::poll(watched.data(), armed ? watched.size() : 1, -1);
    if (ready < 0 && errno != EINTR) return;
    if (ready <= 0) continue;
    if (watched[0].revents != 0) {
      std::uint64_t said_to_us = 0;
      if (::read(control_.get(), &said_to_us, sizeof said_to_us) < 0 || said_to_us >= kStop) return;
      armed = true;
      continue;
    }
    bool readable = false;
    for (size_t i = 1; i < watched.size(); ++i) {
      readable |= watched[i].revents != 0;
      // Closed by the other end or by its owner: it would be ready for ever. Tell once, then look no longer.
      if ((watched[i].revents & (POLLERR | POLLNVAL)) != 0 || (watched[i].revents & (POLLIN | POLLHUP)) == POLLHUP) watched[i].fd = -1;
    }
    if (!readable) continue;
    armed = false;
    wake();
  }
}

void WakeThread::rearm() {
  const std::uint64_t one = 1;
  if (::write(control_.get(), &one, sizeof one) < 0) {}  // cannot be full: the thread reads it
}

WakeThread::~WakeThread() {
  if (!thread_.joinable()) return;
  if (::write(control_.get(), &kStop, sizeof kStop) < 0) {}
  thread_.join();
}

}  // namespace strates::viewer
