// What a container wrote, one JSON object a line, as Docker's json-file driver keeps it: {"log":"hello\n","stream":"stdout","time":"..."}.
//
// Each chunk is kept at once, cut at line ends, so that nothing is lost with the process that reads it; a line that came in two chunks is two
// records, the first without "\n". Bytes that are not UTF-8 become U+FFFD, as in Docker.
#pragma once

#include <array>
#include <functional>
#include <string>
#include <string_view>

#include "base/unique_fd.hpp"
#include "engine/ports.hpp"

namespace strates::linux_world {

// Pure: the records of one chunk. `held` keeps a character cut in two until the next chunk; `flush` gives it up.
enum class Flush { No, Yes };
std::string log_records(std::string& held, engine::StdStream stream, Nanos at, std::string_view bytes, Flush flush);

// Reads one record; false when the line is not one (cut short by a full disk).
bool parse_log_record(std::string_view line, engine::LogRecord& record);

class LogWriter {
 public:
  LogWriter() = default;                                   // keeps nothing
  static Result<LogWriter> open(const std::string& path);  // appends
  Result<void> write(engine::StdStream stream, Nanos at, std::string_view bytes);
  Result<void> finish(Nanos at);

 private:
  Result<void> append(std::string_view bytes);

  std::string path_;
  UniqueFd file_;
  std::array<std::string, 3> held_;
};

Result<void> read_log_file(const std::string& path, const std::function<bool(const engine::LogRecord&)>& each);

}  // namespace strates::linux_world
