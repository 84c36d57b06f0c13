#include "linux/process/monitor.hpp"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstdio>
#include <ctime>

#include "linux/cgroup/cgroup_dir.hpp"
#include "linux/process/exit_record.hpp"
#include "linux/process/monitor_frame.hpp"
#include "linux/process/terminal.hpp"

namespace strates::linux_world {

namespace {

// A daemon that does not read holds the container's output back once so much waits for it.
constexpr size_t kOutboxLimit = 1 << 20;
// A terminal's last bytes pass through a kernel worker; after this we believe that there are none.
constexpr int kTerminalPatience = 2000;  // milliseconds

Nanos wall_clock() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return static_cast<Nanos>(now.tv_sec) * kSecond + now.tv_nsec;
}

}  // namespace

ProcessMonitor::ProcessMonitor(const LaunchPlan& plan, Launched process, LogWriter log, MessageSocket daemon, MessageSocket listener)
    : plan_(plan), process_(std::move(process)), log_(std::move(log)), daemon_(std::move(daemon)), listener_(std::move(listener)), buffer_(kChunk, '\0') {}

void ProcessMonitor::serve() {
  while (!ended_) wait_once();
  finish();
}

void ProcessMonitor::wait_once() {
  enum Slot { kProcess, kListener, kDaemon, kStreams, kTerminal, kIn, kSlots };
  pollfd slots[kSlots];
  const auto watch = [&](Slot slot, const UniqueFd& fd, int events) { slots[slot] = {events != 0 && fd ? fd.get() : -1, static_cast<short>(events), 0}; };
  const int output = outbox_bytes_ < kOutboxLimit ? POLLIN : 0;
  watch(kProcess, process_.pidfd, POLLIN);
  watch(kListener, listener_.fd(), POLLIN);
  watch(kDaemon, daemon_.fd(), POLLIN | (outbox_.empty() ? 0 : POLLOUT));
  watch(kStreams, process_.streams, output);
  watch(kTerminal, process_.terminal, output | (input_.empty() ? 0 : POLLOUT));
  watch(kIn, process_.in, input_.empty() ? 0 : POLLOUT);
  if (::poll(slots, kSlots, -1) < 0) return;  // EINTR
  const auto happened = [&](Slot slot, int events) { return (slots[slot].revents & (events | POLLHUP | POLLERR)) != 0; };
  // Output before anything that could end us.
  if (output != 0 && happened(kStreams, POLLIN)) take_streams();
  if (output != 0 && happened(kTerminal, POLLIN)) read_once(process_.terminal, engine::StdStream::Out);
  if (happened(kIn, POLLOUT) || (slots[kTerminal].revents & POLLOUT) != 0) feed_stdin();
  if (happened(kDaemon, POLLOUT)) flush();
  if (daemon_ && happened(kDaemon, POLLIN)) take_requests();
  if (happened(kListener, POLLIN)) accept_daemon();
  if (happened(kProcess, POLLIN)) ended_ = true;
}

// False when there is nothing (more) to read now.
bool ProcessMonitor::read_once(UniqueFd& from, engine::StdStream stream) {
  const ssize_t count = ::read(from.get(), buffer_.data(), buffer_.size());
  if (count < 0 && errno == EINTR) return true;
  if (count < 0 && errno == EAGAIN) return false;
  if (count <= 0) {  // the end; EIO is a terminal's
    from.reset();
    return false;
  }
  const Nanos at = wall_clock();
  const std::string_view bytes(buffer_.data(), static_cast<size_t>(count));
  // A full disk must not stop the container; that the log ends here is said once, in the file `errors`.
  if (!log_failed_) {
    auto kept = log_.write(stream, at, bytes);
    log_failed_ = !kept.ok();
    if (log_failed_) std::fprintf(stderr, "%s\n", kept.error().explanation().c_str());
  }
  send(encode_frame(frame::Output{stream, at, bytes}));
  return true;
}

// What had something first is told first: the kernel keeps them in that order, so that a shell's trace stands before what it traces.
void ProcessMonitor::take_streams() {
  epoll_event ready[2];
  const int count = ::epoll_wait(process_.streams.get(), ready, 2, 0);
  for (int i = 0; i < count; ++i) {
    const auto stream = static_cast<engine::StdStream>(ready[i].data.u32);
    read_once(stream == engine::StdStream::Err ? process_.err : process_.out, stream);
  }
}

void ProcessMonitor::drain(UniqueFd& from, engine::StdStream stream) {
  while (from && read_once(from, stream)) {
  }
}

void ProcessMonitor::take_requests() {
  auto message = daemon_.receive();
  if (!message.ok() || message.value().bytes.empty()) return lose_daemon();
  auto frame = decode_frame(message.value().bytes);
  if (!frame.ok()) return lose_daemon();
  obey(frame.value());
}

void ProcessMonitor::obey(const Frame& frame) {
  if (const auto* in = std::get_if<frame::Stdin>(&frame)) {
    input_ += in->bytes;
    feed_stdin();
  } else if (std::holds_alternative<frame::CloseStdin>(frame)) {
    close_input_ = true;
    feed_stdin();
  } else if (const auto* size = std::get_if<frame::Resize>(&frame)) {
    if (process_.terminal) ignore(set_terminal_size(process_.terminal, size->rows, size->columns));
  }
}

void ProcessMonitor::feed_stdin() {
  const UniqueFd& to = process_.terminal ? process_.terminal : process_.in;
  while (!input_.empty()) {
    const ssize_t count = to ? ::write(to.get(), input_.data(), input_.size()) : -1;
    if (to && count < 0 && errno == EINTR) continue;
    if (to && count < 0 && errno == EAGAIN) break;
    // Nobody reads any more: dropped, and counted as taken so that the writer is not held.
    const size_t taken = count < 0 ? input_.size() : static_cast<size_t>(count);
    input_.erase(0, taken);
    send(encode_frame(frame::StdinTaken{static_cast<std::uint32_t>(taken)}));
    if (count < 0) process_.in.reset();
  }
  // A terminal has no end of input of its own: its line discipline makes one from the user's ^D.
  if (close_input_ && input_.empty()) process_.in.reset();
}

void ProcessMonitor::accept_daemon() {
  auto next = listener_.accept();
  if (!next.ok()) return;
  lose_daemon();
  daemon_ = std::move(next).value();
  if (!daemon_.send(encode_frame(frame::Hello{process_.host_pid}), MessageSocket::Wait::No, {&process_.pidfd}).ok()) lose_daemon();
}

void ProcessMonitor::send(std::string frame) {
  if (!daemon_) return;
  outbox_bytes_ += frame.size();
  outbox_.push_back(std::move(frame));
  flush();
}

void ProcessMonitor::flush() {
  while (daemon_ && !outbox_.empty()) {
    auto sent = daemon_.send(outbox_.front(), MessageSocket::Wait::No);
    if (!sent.ok()) return lose_daemon();
    if (sent.value() == Sent::WouldBlock) return;
    outbox_bytes_ -= outbox_.front().size();
    outbox_.pop_front();
  }
}

void ProcessMonitor::lose_daemon() {
  daemon_.close();
  outbox_.clear();
  outbox_bytes_ = 0;
  // Unsent input belonged to a client of that daemon; the window of the next one starts full.
  input_.clear();
}

void ProcessMonitor::finish() {
  siginfo_t info{};
  ::waitid(P_PIDFD, static_cast<id_t>(process_.pidfd.get()), &info, WEXITED);
  // The kernel has killed all that was in the pid namespace by now, so what is in the pipes is everything.
  drain(process_.out, engine::StdStream::Out);
  drain(process_.err, engine::StdStream::Err);
  while (process_.terminal) {
    drain(process_.terminal, engine::StdStream::Out);
    pollfd one{process_.terminal.get(), POLLIN, 0};
    if (process_.terminal && ::poll(&one, 1, kTerminalPatience) == 0) break;
  }
  engine::ExitStatus status = exit_status(info.si_code, info.si_status, wall_clock());
  if (!log_failed_) ignore(log_.finish(status.at));
  if (plan_.exec.empty()) {
    status.oom_killed = oom_kills(plan_.oom_file) > 0;
    ignore(write_exit_record(plan_.run_directory, status));
  }
  if (!daemon_ && listener_ && listener_.readable(0).value_or(false)) accept_daemon();
  send(encode_frame(frame::Exited{status}));
  while (daemon_ && !outbox_.empty()) {
    pollfd one{daemon_.fd().get(), POLLOUT, 0};
    if (::poll(&one, 1, -1) > 0) flush();
  }
}

}  // namespace strates::linux_world
