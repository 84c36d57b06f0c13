// A console in front of another one: what a derived class does not override goes through. The inner one outlives it.
#pragma once

#include <utility>

#include "cli/console.hpp"

namespace strates::cli {

class ForwardingConsole : public Console {
 public:
  explicit ForwardingConsole(Console& inner) : inner_(inner) {}
  void out(std::string_view bytes) override { inner_.out(bytes); }
  void err(std::string_view bytes) override { inner_.err(bytes); }
  bool out_is_gone() const override { return inner_.out_is_gone(); }
  bool in_is_terminal() const override { return inner_.in_is_terminal(); }
  bool out_is_terminal() const override { return inner_.out_is_terminal(); }
  bool err_is_terminal() const override { return inner_.err_is_terminal(); }
  std::optional<TerminalSize> size() const override { return inner_.size(); }
  Result<size_t> read_input(std::span<char> buffer) override { return inner_.read_input(buffer); }
  void stop_input() override { inner_.stop_input(); }
  std::unique_ptr<ConsoleGuard> raw_mode() override { return inner_.raw_mode(); }
  std::unique_ptr<ConsoleGuard> watch_signals(std::function<void(int)> callback) override { return inner_.watch_signals(std::move(callback)); }

 protected:
  Console& inner_;
};

}  // namespace strates::cli
