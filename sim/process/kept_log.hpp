// What a container wrote, as much as its driver keeps: the simulator's "json-file", in memory. Its files are full when Docker's would be.
#pragma once

#include <deque>
#include <vector>

#include "engine/ports.hpp"

namespace strates::sim {

class KeptLog {
 public:
  // From now on.
  void keep(const engine::LogKeeping& keeping) { keeping_ = keeping; }
  void add(engine::LogRecord record);
  bool empty() const { return files_.empty(); }
  std::vector<engine::LogRecord> records() const;  // oldest first

 private:
  struct File {
    std::vector<engine::LogRecord> records;
    std::uint64_t bytes = 0;
  };
  void add_line(engine::LogRecord record);

  engine::LogKeeping keeping_;
  std::deque<File> files_;  // oldest first
};

}  // namespace strates::sim
