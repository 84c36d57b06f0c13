// engine::Tasks by threads: as many as are wanted at a time, none when nothing is done.
#pragma once

#include "engine/ports.hpp"

namespace strates::linux_world {

class ThreadTasks final : public engine::Tasks {
 public:
  void all(const std::vector<std::function<void()>>& jobs, size_t at_once) override;
  std::unique_ptr<ByteSource> read_ahead(std::unique_ptr<ByteSource> from) override;
  bool parallel() const override { return true; }
};

}  // namespace strates::linux_world
