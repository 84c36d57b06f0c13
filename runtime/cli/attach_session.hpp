// One terminal attached to one process of a container: bytes both ways, keys that detach, signals passed on, window size followed.
#pragma once

#include <functional>
#include <string>

#include "api/client.hpp"
#include "cli/command.hpp"

namespace strates::cli {

// Finds the detach keys in what is typed (moby/term, proxy.go: keys held back until they match or not).
class EscapeKeys {
 public:
  // "ctrl-p,ctrl-q"; code cli.detach-keys: "Unknown character: 'xx'"
  static Result<EscapeKeys> parse(std::string_view text);
  static EscapeKeys none() { return EscapeKeys({}); }
  struct Typed {
    std::string pass;       // to the process
    bool detached = false;  // the whole sequence was typed: nothing after it counts
  };
  Typed feed(std::string_view bytes);

 private:
  explicit EscapeKeys(std::string keys) : keys_(std::move(keys)) {}
  std::string keys_;
  size_t matched_ = 0;
};

constexpr std::string_view kDetachKeys = "ctrl-p,ctrl-q";
// --detach-keys, else "detachKeys" of the client's configuration file (DOCKER_CONFIG or ~/.docker, config.json), else kDetachKeys.
Result<EscapeKeys> detach_keys(const std::string& flag);

struct AttachSettings {
  bool tty = false;         // one raw stream; otherwise Docker's multiplexed one
  bool in = false;          // pass standard input on; otherwise half-close at once
  bool out = true, err = true;
  EscapeKeys keys = EscapeKeys::none();
  std::function<void(int signal)> on_signal;  // passes a signal to the container; empty: the signal ends the session
  std::function<void(TerminalSize)> on_resize;
  bool watch_signals = true;
};

enum class AttachEnd { OutputEnded, Detached, Interrupted };
struct AttachOutcome {
  AttachEnd end = AttachEnd::OutputEnded;
  int signal = 0;  // Interrupted
};

// Created before the process starts: signals are held from here on, so that none is lost, and the terminal is given back when it goes.
class AttachSession {
 public:
  AttachSession(Session& session, AttachSettings settings);
  ~AttachSession();
  // Runs until the output ends, the detach keys are typed, or a signal says so.
  Result<AttachOutcome> run(api::ClientStream& stream);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// "INT" for SIGINT.
std::string signal_name(int signal);

}  // namespace strates::cli
