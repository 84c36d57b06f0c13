#include "linux/process/log_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <set>
#include <vector>

namespace strates::linux_world {

Result<LogWriter> LogWriter::open(const std::string& path, const engine::LogKeeping& keeping) {
  LogWriter writer;
  writer.path_ = path;
  writer.keeping_ = keeping;
  writer.file_ = UniqueFd(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0640));
  struct stat about {};
  if (!writer.file_ || ::fstat(writer.file_.get(), &about) != 0) return system_error("open log", path, errno);
  writer.size_ = static_cast<std::uint64_t>(about.st_size);
  return writer;
}

Result<void> LogWriter::append_whole(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(file_.get(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error("write log", path_, errno);
    size_ += static_cast<std::uint64_t>(count);
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return success();
}

Result<void> LogWriter::append(std::string_view records) {
  if (keeping_.max_bytes == 0) return append_whole(records);
  while (!records.empty()) {
    if (size_ >= keeping_.max_bytes) TRY(rotate());
    const std::string_view record = records.substr(0, records.find('\n') + 1);
    TRY(append_whole(record));
    records.remove_prefix(record.size());
  }
  return success();
}

Result<void> LogWriter::rotate() {
  const auto old = [&](std::uint32_t number) { return number == 0 ? path_ : path_ + "." + std::to_string(number); };
  // Those there are, up to the last that stays; its place is taken by the one before.
  std::uint32_t last = 0;
  while (last + 1 < keeping_.files && ::access(old(last).c_str(), F_OK) == 0) ++last;
  for (std::uint32_t i = last; i > 0; --i)
    if (::rename(old(i - 1).c_str(), old(i).c_str()) != 0 && errno != ENOENT) return system_error("rotate log", old(i - 1), errno);
  file_ = UniqueFd(::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0640));
  if (!file_) return system_error("open log", path_, errno);
  size_ = 0;
  return success();
}

Result<void> LogWriter::write(engine::StdStream stream, Nanos at, std::string_view bytes) {
  if (!file_) return success();
  return append(engine::log_records(held_[static_cast<size_t>(stream)], stream, at, bytes, engine::Flush::No));
}

Result<void> LogWriter::finish(Nanos at) {
  if (!file_) return success();
  for (const auto stream : {engine::StdStream::Out, engine::StdStream::Err})
    TRY(append(engine::log_records(held_[static_cast<size_t>(stream)], stream, at, {}, engine::Flush::Yes)));
  return success();
}

namespace {

constexpr size_t kLineLimit = 1 << 20;  // of the file; a record of one chunk is at most six times kChunk

enum class More { No, Yes };

Result<More> read_one(const UniqueFd& file, const std::string& path, const std::function<bool(const engine::LogRecord&)>& each) {
  std::string buffered;
  std::string chunk(256 * 1024, '\0');
  engine::LogRecord record;
  bool skipping = false;  // inside a line too long to be ours
  for (;;) {
    const ssize_t count = ::read(file.get(), chunk.data(), chunk.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error("read log", path, errno);
    if (count == 0) return More::Yes;
    buffered.append(chunk, 0, static_cast<size_t>(count));
    size_t from = 0;
    for (size_t end = buffered.find('\n'); end != std::string::npos; end = buffered.find('\n', from)) {
      const std::string_view line = std::string_view(buffered).substr(from, end - from);
      if (!skipping && engine::parse_log_record(line, record) && !each(record)) return More::No;
      skipping = false;
      from = end + 1;
    }
    buffered.erase(0, from);
    if (buffered.size() > kLineLimit) {
      buffered.clear();
      skipping = true;
    }
  }
}

}  // namespace

Result<void> read_log_file(const std::string& path, const std::function<bool(const engine::LogRecord&)>& each) {
  // Newest first: a file that gives way while they are opened is met again under its next name, and none is missed.
  std::vector<std::pair<std::string, UniqueFd>> files;
  std::set<ino_t> seen;
  for (std::uint32_t number = 0, missing = 0; missing < 2; ++number) {  // while names move on, one may be free
    std::string name = number == 0 ? path : path + "." + std::to_string(number);
    UniqueFd file(::open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    struct stat about {};
    if (!file && errno != ENOENT) return system_error("open log", name, errno);
    if (!file) {
      ++missing;
    } else {
      missing = 0;
      if (::fstat(file.get(), &about) != 0) return system_error("open log", name, errno);
      if (seen.insert(about.st_ino).second) files.emplace_back(std::move(name), std::move(file));
    }
  }
  for (size_t i = files.size(); i-- > 0;)
    if (TRY(read_one(files[i].second, files[i].first, each)) == More::No) break;
  return success();
}

}  // namespace strates::linux_world
