#include "registry/program/interruption.hpp"

#include <unistd.h>

#include <csignal>
#include <filesystem>

namespace strates::registry::server {

Interruption::Interruption(cli::Console& console, Text word) : console_(console), word_(word) {
  watch_ = console.watch_signals([this](int signal) {
    if (signal == SIGINT || signal == SIGTERM || signal == SIGHUP || signal == SIGQUIT) end(signal);
  });
}

void Interruption::remove_at_end(const std::string& path) {
  const std::lock_guard guard(mutex_);
  paths_.insert(path);
}

void Interruption::keep(const std::string& path) {
  const std::lock_guard guard(mutex_);
  paths_.erase(path);
}

void Interruption::end(int signal) {
  const std::lock_guard guard(mutex_);
  std::error_code error;
  for (const std::string& path : paths_) std::filesystem::remove_all(path, error);
  console_.err((console_.err_is_terminal() ? "\r\x1b[K" : "") + tr(word_) + "\n");
  // The other threads hold connections and half-written blobs of the store, which its next opening throws away.
  ::_exit(128 + signal);
}

}  // namespace strates::registry::server
