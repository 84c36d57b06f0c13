#include "cli/attach_session.hpp"

#include <csignal>
#include <mutex>
#include <thread>
#include <vector>

namespace strates::cli {

struct AttachSession::State {
  State(Session& the_session, AttachSettings the_settings) : session(the_session), settings(std::move(the_settings)) {
    if (settings.watch_signals) signals = session.console.watch_signals([this](int signal) { on_signal(signal); });
  }

  // On the thread of the signals. Before `run` the client belongs to the other thread: signals wait until then.
  void on_signal(int signal) {
    if (signal != SIGWINCH && !settings.on_signal) {
      finish(AttachEnd::Interrupted, signal);
      return;
    }
    const std::lock_guard lock(passing);
    if (running) pass(signal);
    else early.push_back(signal);
  }

  void pass(int signal) {
    if (signal != SIGWINCH) {
      settings.on_signal(signal);
      return;
    }
    const auto size = session.console.size();
    if (settings.on_resize && size) settings.on_resize(*size);
  }

  void start_passing() {
    const std::lock_guard lock(passing);
    running = true;
    for (const int signal : early) pass(signal);
    early.clear();
  }

  // The first end wins; whoever is blocked is woken.
  void finish(AttachEnd end, int signal = 0) {
    const std::lock_guard lock(mutex);
    if (!ended) {
      ended = true;
      outcome = {end, signal};
    }
    if (stream != nullptr) stream->cancel();
  }

  void read_output(api::ClientStream& from) {
    api::StreamDemultiplexer demultiplexer;
    for (;;) {
      auto bytes = from.read();
      if (!bytes.ok()) {
        const std::lock_guard lock(mutex);
        if (!ended) failure = std::make_unique<Error>(std::move(bytes).error());
        return;
      }
      if (bytes.value().empty() || session.console.out_is_gone()) return;
      if (settings.tty) session.console.out(bytes.value());
      else demultiplexer.feed(bytes.value(), [&](int to, std::string_view text) { show(to, text); });
    }
  }

  void show(int to, std::string_view text) {
    if (to == 2 && settings.err) session.console.err(text);
    if (to != 2 && settings.out) session.console.out(text);
  }

  void write_input(api::ClientStream& to) {
    char buffer[16384];
    for (;;) {
      const auto got = session.console.read_input(buffer);
      if (!got.ok() || got.value() == 0) break;
      const EscapeKeys::Typed typed = settings.keys.feed(std::string_view(buffer, got.value()));
      if (!typed.pass.empty() && !to.write(typed.pass).ok()) break;
      if (typed.detached) {
        finish(AttachEnd::Detached);
        return;
      }
    }
    to.close_write();
  }

  Session& session;
  AttachSettings settings;
  std::mutex passing;
  bool running = false;
  std::vector<int> early;
  std::mutex mutex;
  bool ended = false;
  AttachOutcome outcome;
  api::ClientStream* stream = nullptr;
  std::unique_ptr<Error> failure;
  std::unique_ptr<ConsoleGuard> signals;  // last: its thread stops before the rest goes
};

AttachSession::AttachSession(Session& session, AttachSettings settings) : state_(std::make_unique<State>(session, std::move(settings))) {}
AttachSession::~AttachSession() = default;

Result<AttachOutcome> AttachSession::run(api::ClientStream& stream) {
  State& state = *state_;
  {
    const std::lock_guard lock(state.mutex);
    state.stream = &stream;
    if (state.ended) stream.cancel();
  }
  std::unique_ptr<ConsoleGuard> raw;
  std::thread input;
  if (state.settings.in) {
    if (state.settings.tty && state.session.console.in_is_terminal()) raw = state.session.console.raw_mode();
    input = std::thread([&] { state.write_input(stream); });
  } else {
    stream.close_write();
  }
  state.start_passing();
  state.read_output(stream);
  state.finish(AttachEnd::OutputEnded);  // also lets go of a write that a stopped process does not read
  if (input.joinable()) {
    state.session.console.stop_input();
    input.join();
  }
  raw.reset();
  state.signals.reset();  // its thread is over: the client is the caller's again
  const std::lock_guard lock(state.mutex);
  state.stream = nullptr;
  if (state.failure != nullptr && state.outcome.end == AttachEnd::OutputEnded) return std::move(*state.failure);
  return state.outcome;
}

}  // namespace strates::cli
