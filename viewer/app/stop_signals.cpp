#include "viewer/app/stop_signals.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

#include "viewer/app/words.hpp"

namespace strates::viewer {

namespace {

constexpr int kSignals[] = {SIGINT, SIGTERM, SIGHUP};

// A signal handler knows no object.
std::atomic<int> g_event{-1};

void note_signal(int) {
  const int saved = errno;
  const std::uint64_t one = 1;
  if (::write(g_event.load(), &one, sizeof one) < 0) {}  // full or closing: it is known already
  errno = saved;
}

}  // namespace

Result<std::unique_ptr<StopSignals>> StopSignals::catch_them() {
  std::unique_ptr<StopSignals> out(new StopSignals);
  UniqueFd event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!event) return system_error(said(AppText::AppOpenWindow), "eventfd", errno);
  int none = -1;
  if (!g_event.compare_exchange_strong(none, event.get()))
    return make_error(ErrorKind::Conflict, "window.signals", said(AppText::AppOpenWindow), "", said(AppText::AppOneWindow));
  out->event_ = std::move(event);
  struct sigaction action = {};
  action.sa_handler = note_signal;
  action.sa_flags = SA_RESTART;
  for (const int signal : kSignals) {
    struct sigaction& before = out->before_[out->caught_++];
    ::sigaction(signal, nullptr, &before);
    // Started in the background with SIGINT ignored: it stays ignored.
    if (before.sa_handler != SIG_IGN) ::sigaction(signal, &action, nullptr);
  }
  return out;
}

StopSignals::~StopSignals() {
  for (int i = 0; i < caught_; ++i) ::sigaction(kSignals[i], &before_[i], nullptr);
  if (event_) g_event.store(-1);
}

bool StopSignals::arrived() const {
  pollfd asked = {event_.get(), POLLIN, 0};
  return ::poll(&asked, 1, 0) > 0;
}

}  // namespace strates::viewer
