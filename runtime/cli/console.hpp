// Where a command speaks and listens: standard output, error and input, the terminal behind them, and the signals sent to the program.
//
// out and err may be called from several threads; the rest from one.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "base/result.hpp"
#include "base/stream.hpp"

namespace strates::cli {

struct TerminalSize {
  std::uint16_t rows = 0, columns = 0;
};

// Destroying it gives back what it took: the terminal's mode, the signals' disposition.
class ConsoleGuard {
 public:
  virtual ~ConsoleGuard() = default;
};

class Console {
 public:
  virtual ~Console() = default;
  virtual void out(std::string_view bytes) = 0;
  virtual void err(std::string_view bytes) = 0;
  // Nobody reads standard output any more: what remains to do is to leave.
  virtual bool out_is_gone() const { return false; }

  virtual bool in_is_terminal() const = 0;
  virtual bool out_is_terminal() const = 0;
  virtual bool err_is_terminal() const { return false; }
  virtual std::optional<TerminalSize> size() const = 0;

  // Blocks; 0 at the end of input or after stop_input.
  virtual Result<size_t> read_input(std::span<char> buffer) = 0;
  // Makes read_input return 0 from now on. Any thread.
  virtual void stop_input() = 0;

  // Keys arrive one by one and unread by the terminal, until the guard goes.
  virtual std::unique_ptr<ConsoleGuard> raw_mode() = 0;
  // Signals that people and programs send (HUP, INT, QUIT, TERM, USR1, USR2, ALRM, WINCH) go to the callback, on a thread of its own. To be
  // called before other threads are started.
  virtual std::unique_ptr<ConsoleGuard> watch_signals(std::function<void(int signal)> callback) = 0;
};

// Standard input as a source, for `docker build -` and `docker import -`.
class InputSource : public ByteSource {
 public:
  explicit InputSource(Console& console) : console_(console) {}
  Result<size_t> read(std::span<char> buffer) override { return console_.read_input(buffer); }

 private:
  Console& console_;
};

// The process's own. There is one per process.
std::unique_ptr<Console> process_console();

}  // namespace strates::cli
