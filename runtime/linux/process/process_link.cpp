#include "linux/process/process_link.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

#include "linux/process/exit_record.hpp"

namespace strates::linux_world {

namespace {

constexpr int kLastMoment = 5000;  // milliseconds

}  // namespace

ProcessLink::ProcessLink(Identity identity, MessageSocket socket, UniqueFd pidfd, std::int64_t host_pid)
    : identity_(std::move(identity)), socket_(std::move(socket)), pidfd_(std::move(pidfd)), host_pid_(host_pid) {}

void ProcessLink::run(ObserverGate& gate) {
  std::optional<engine::ExitStatus> status;
  for (;;) {
    auto message = socket_.receive();
    if (!message.ok() || message.value().bytes.empty()) break;
    auto frame = decode_frame(message.value().bytes);
    if (!frame.ok()) break;
    if (const auto* output = std::get_if<frame::Output>(&frame.value())) {
      gate.with([&](engine::ProcessObserver& observer) { observer.output(identity_.container, identity_.exec, output->stream, output->at, output->bytes); });
    } else if (const auto* taken = std::get_if<frame::StdinTaken>(&frame.value())) {
      const std::lock_guard lock(mutex_);
      window_ = std::min(kStdinWindow, window_ + taken->count);
      changed_.notify_all();
    } else if (const auto* exited = std::get_if<frame::Exited>(&frame.value())) {
      status = exited->status;
    }
  }
  if (!status && !left()) wait_for_process();
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    // Without a status and after a hang-up it was we who left: the process goes on.
    if (status || !hung_up_) exit_ = status ? *status : status_without_frame();
    changed_.notify_all();
  }
  if (const auto told = exit()) gate.with([&](engine::ProcessObserver& observer) { observer.exited(identity_.container, identity_.exec, *told); });
}

bool ProcessLink::left() const {
  const std::lock_guard lock(mutex_);
  return hung_up_;
}

// A killed monitor takes its process along; the kernel needs a moment, and nothing may be said to have ended before it has.
void ProcessLink::wait_for_process() const {
  pollfd one{pidfd_.get(), POLLIN, 0};
  while (::poll(&one, 1, kLastMoment) < 0 && errno == EINTR) {
  }
}

// The monitor ended between the exit and our reading it, or was killed, and its process with it.
engine::ExitStatus ProcessLink::status_without_frame() const {
  if (identity_.exec.empty())
    if (auto record = read_exit_record(identity_.run_directory)) return *record;
  engine::ExitStatus status;
  status.signal = SIGKILL;
  status.code = 128 + SIGKILL;
  status.at = std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  return status;
}

bool ProcessLink::ended() const {
  const std::lock_guard lock(mutex_);
  return ended_;
}

bool ProcessLink::wait_ended(Nanos timeout) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::nanoseconds(timeout), [&] { return ended_; });
}

std::optional<engine::ExitStatus> ProcessLink::exit() const {
  const std::lock_guard lock(mutex_);
  return exit_;
}

Error ProcessLink::gone() const {
  const std::string object = identity_.exec.empty() ? identity_.container.str() : identity_.exec.str();
  return make_error(ErrorKind::Conflict, "process.gone", "reach process", object, "it is not running");
}

Result<void> ProcessLink::signal(int number) {
  if (ended()) return gone();
  if (::syscall(SYS_pidfd_send_signal, pidfd_.get(), number, nullptr, 0) == 0) return success();
  if (errno == ESRCH) return gone();
  return system_error("send signal " + std::to_string(number), identity_.container.str(), errno);
}

Result<void> ProcessLink::send(const Frame& frame) {
  const std::lock_guard lock(send_mutex_);
  if (!socket_.send(encode_frame(frame)).ok()) return gone();
  return success();
}

Result<void> ProcessLink::write_stdin(std::string_view bytes) {
  while (!bytes.empty()) {
    size_t count = 0;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return ended_ || window_ > 0; });
      if (ended_) return gone();
      count = std::min({bytes.size(), window_, kChunk});
      window_ -= count;
    }
    TRY(send(frame::Stdin{bytes.substr(0, count)}));
    bytes.remove_prefix(count);
  }
  return success();
}

Result<void> ProcessLink::close_stdin() { return ended() ? Result<void>(gone()) : send(frame::CloseStdin{}); }

Result<void> ProcessLink::resize(std::uint16_t rows, std::uint16_t columns) { return ended() ? Result<void>(gone()) : send(frame::Resize{rows, columns}); }

void ProcessLink::hang_up() {
  {
    const std::lock_guard lock(mutex_);
    hung_up_ = true;
    changed_.notify_all();
  }
  socket_.hang_up();
}

}  // namespace strates::linux_world
