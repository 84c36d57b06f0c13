// engine::Tasks by threads: as many as are wanted at a time, none when nothing is done. Fewer, down to the caller's own, where the machine has no more.
//
// An exception of a job reaches the caller of `all` once every job has ended, as if the job had run there; one of a source that is read ahead becomes an
// Error (tasks.exception); one of a job that was begun beside the caller is lost.
#pragma once

#include "engine/ports.hpp"

namespace strates::linux_world {

class ThreadTasks final : public engine::Tasks {
 public:
  void all(const std::vector<std::function<void()>>& jobs, size_t at_once) override;
  std::unique_ptr<ByteSource> read_ahead(std::unique_ptr<ByteSource> from) override;
  std::unique_ptr<engine::Ongoing> begin(std::function<void()> job) override;
  bool parallel() const override { return true; }
};

}  // namespace strates::linux_world
