// SIGINT, SIGTERM and SIGHUP as a readable descriptor while it lives; then they are what they were.
#pragma once

#include <csignal>
#include <memory>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace strates::viewer {

// One at a time in a process.
class StopSignals {
 public:
  // A second one at the same time is code window.signals.
  static Result<std::unique_ptr<StopSignals>> catch_them();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  // Readable from the first signal on; never read it.
  int fd() const { return event_.get(); }
  bool arrived() const;

 private:
  StopSignals() = default;

  UniqueFd event_;
  struct sigaction before_[3] = {};
  int caught_ = 0;
};

}  // namespace strates::viewer
