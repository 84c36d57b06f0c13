// The file of a container's output: engine/log_records.hpp says what is in it. Each chunk is kept at once, so that nothing is lost with the process that reads it.
#pragma once

#include <array>
#include <functional>
#include <string>
#include <string_view>

#include "base/unique_fd.hpp"
#include "engine/log_records.hpp"

namespace strates::linux_world {

class LogWriter {
 public:
  LogWriter() = default;  // keeps nothing
  // Appends. A file that reached `keeping.max_bytes` gives way to a new one before the next record (Docker Engine, daemon/logger/loggerutils/logfile.go).
  static Result<LogWriter> open(const std::string& path, const engine::LogKeeping& keeping = {});
  Result<void> write(engine::StdStream stream, Nanos at, std::string_view bytes);
  Result<void> finish(Nanos at);

 private:
  Result<void> append(std::string_view bytes);
  Result<void> append_whole(std::string_view bytes);
  Result<void> rotate();

  std::string path_;
  UniqueFd file_;
  engine::LogKeeping keeping_;
  std::uint64_t size_ = 0;
  std::array<std::string, 3> held_;
};

// The records that are kept, oldest first: of PATH.2, PATH.1, PATH. A file that gives way meanwhile is read once.
Result<void> read_log_file(const std::string& path, const std::function<bool(const engine::LogRecord&)>& each);

}  // namespace strates::linux_world
