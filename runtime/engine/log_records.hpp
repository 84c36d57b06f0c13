// What a container wrote, one JSON object a line, as Docker's json-file driver keeps it: {"log":"hello\n","stream":"stdout","time":"..."}.
//
// A chunk is cut at line ends; a line that came in two chunks is two records, the first without "\n". Bytes that are not UTF-8 become U+FFFD, as in Docker.
#pragma once

#include <string>
#include <string_view>

#include "engine/ports.hpp"

namespace strates::engine {

// Pure: the records of one chunk. `held` keeps a character cut in two until the next chunk; `flush` gives it up.
enum class Flush { No, Yes };
std::string log_records(std::string& held, StdStream stream, Nanos at, std::string_view bytes, Flush flush);

// Reads one record; false when the line is not one (cut short by a full disk).
bool parse_log_record(std::string_view line, LogRecord& record);

}  // namespace strates::engine
