// How far a long transfer is: one line on a terminal, written over; nothing elsewhere. One thread.
#pragma once

#include <chrono>
#include <string>

#include "base/stream.hpp"
#include "cli/console.hpp"

namespace strates::registry::server {

class Progress : public ByteSink {
 public:
  // `to`: where the bytes go on to; null: they are only counted. Both outlive it.
  Progress(cli::Console& console, std::uint64_t total, ByteSink* to = nullptr) : console_(console), total_(total), to_(to) {}
  // Takes its line away again.
  ~Progress() override;
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  Result<void> write(std::string_view bytes) override;
  void advance(std::uint64_t bytes);
  std::uint64_t done() const { return done_; }

 private:
  cli::Console& console_;
  const std::uint64_t total_;
  ByteSink* const to_;
  std::uint64_t done_ = 0;
  std::chrono::steady_clock::time_point next_ = std::chrono::steady_clock::now() + std::chrono::milliseconds(500);  // what is quick says nothing
  bool painted_ = false;
};

}  // namespace strates::registry::server
