// Tasks of a world without threads: one after another.
#pragma once

#include "engine/ports.hpp"

namespace strates::engine {

class SerialTasks final : public Tasks {
 public:
  void all(const std::vector<std::function<void()>>& jobs, size_t) override {
    for (const auto& job : jobs) job();
  }
  std::unique_ptr<ByteSource> read_ahead(std::unique_ptr<ByteSource> from) override { return from; }
  std::unique_ptr<Ongoing> begin(std::function<void()> job) override {
    job();
    return nullptr;
  }
  bool parallel() const override { return false; }
};

}  // namespace strates::engine
