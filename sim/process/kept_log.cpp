#include "sim/process/kept_log.hpp"

#include <algorithm>

#include "engine/log_records.hpp"

namespace strates::sim {

void KeptLog::add(engine::LogRecord record) {
  if (!keeping_.kept) return;
  if (keeping_.max_bytes == 0) {
    if (files_.empty()) files_.emplace_back();
    files_.back().records.push_back(std::move(record));
    return;
  }
  // A file can end after any line, as records are lines there.
  for (std::string_view rest = record.bytes; !rest.empty();) {
    const std::string_view line = rest.substr(0, std::min(rest.find('\n'), rest.size() - 1) + 1);
    add_line({record.stream, record.at, std::string(line)});
    rest.remove_prefix(line.size());
  }
}

void KeptLog::add_line(engine::LogRecord record) {
  if (files_.empty() || files_.back().bytes >= keeping_.max_bytes) {
    files_.emplace_back();
    if (files_.size() > keeping_.files) files_.pop_front();
  }
  std::string held;
  files_.back().bytes += engine::log_records(held, record.stream, record.at, record.bytes, engine::Flush::Yes).size();
  files_.back().records.push_back(std::move(record));
}

std::vector<engine::LogRecord> KeptLog::records() const {
  std::vector<engine::LogRecord> out;
  for (const File& file : files_) out.insert(out.end(), file.records.begin(), file.records.end());
  return out;
}

}  // namespace strates::sim
