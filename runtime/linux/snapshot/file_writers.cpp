#include "linux/snapshot/file_writers.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <functional>
#include <system_error>

#include "linux/snapshot/entry_meta.hpp"
#include "linux/storage/files.hpp"

namespace strates::linux_world {

namespace {

constexpr size_t kMostLanes = 4;  // a layer among several that are pulled at once
constexpr size_t kBatchFiles = 64;
constexpr std::uint64_t kBatchBytes = 512 << 10, kMostBytes = 4 << 20;
constexpr size_t kMostBatches = 64;  // each holds a directory open
constexpr std::uint64_t kFileCost = 1 << 10;  // of memory, beside its content

}  // namespace

Result<UniqueFd> create_file(int parent, const std::string& name, const image::EntryMeta& meta, std::string_view shown) {
  constexpr int kNew = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  UniqueFd out(::openat(parent, name.c_str(), kNew, first_mode(meta)));
  if (!out && errno == EEXIST) {
    if (::unlinkat(parent, name.c_str(), 0) != 0) return system_error("replace", shown, errno);
    out = UniqueFd(::openat(parent, name.c_str(), kNew, first_mode(meta)));
  }
  if (!out) return system_error("create", shown, errno);
  return out;
}

Result<void> write_new_file(int parent, const NewFile& file) {
  const UniqueFd out = TRY(create_file(parent, file.name, file.meta, file.shown));
  if (!file.content.empty()) TRY(write_all(out.get(), file.content, file.shown));
  return apply_file_meta(out.get(), file.shown, file.meta);
}

FileWriters::FileWriters() : lanes_(std::clamp<size_t>(std::thread::hardware_concurrency(), 1, kMostLanes)) {}

FileWriters::~FileWriters() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  given_.notify_all();
  for (Lane& lane : lanes_)
    if (lane.thread.joinable()) lane.thread.join();
}

Result<void> FileWriters::add(const std::string& directory, const std::shared_ptr<const UniqueFd>& parent, NewFile file) {
  if (!collecting_.files.empty() && (collecting_.directory != directory || collecting_.parent != parent || collecting_.files.size() >= kBatchFiles || collecting_.bytes >= kBatchBytes)) {
    hand_over();
    const std::lock_guard lock(mutex_);
    if (error_) return error_->second;
  }
  collecting_.directory = directory;
  collecting_.parent = parent;
  collecting_.bytes += file.content.size() + kFileCost;
  collecting_.files.push_back(std::move(file));
  return success();
}

bool FileWriters::owes(const std::string& directory) {
  if (!collecting_.files.empty() && collecting_.directory == directory) return true;
  const std::lock_guard lock(mutex_);
  return owed_.count(directory) > 0;
}

Result<void> FileWriters::settle() {
  if (numbers_ == 0) {
    // So few that no thread was needed for them.
    const Batch few = std::exchange(collecting_, Batch());
    for (const NewFile& file : few.files) TRY(write_new_file(few.parent->get(), file));
    return success();
  }
  hand_over();
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return owed_.empty(); });
  if (error_) return error_->second;
  return success();
}

void FileWriters::hand_over() {
  if (collecting_.files.empty()) return;
  Batch batch = std::exchange(collecting_, Batch());
  Lane& lane = lanes_[std::hash<std::string>()(batch.directory) % lanes_.size()];
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return batches_ == 0 || (batches_ < kMostBatches && bytes_ + batch.bytes <= kMostBytes); });
  batch.number = numbers_++;
  ++batches_;
  bytes_ += batch.bytes;
  ++owed_[batch.directory];
  if (!lane.thread.joinable()) {
    // The first to come: most layers have too few files for a thread.
    try {
      lane.thread = std::thread([this, &lane] { work(lane); });
    } catch (const std::system_error&) {
      lock.unlock();  // the machine has no thread left
      write(batch);
      return;
    }
  }
  lane.waiting.push_back(std::move(batch));
  lock.unlock();
  given_.notify_all();
}

void FileWriters::work(Lane& lane) {
  for (;;) {
    std::unique_lock lock(mutex_);
    given_.wait(lock, [&] { return stopping_ || !lane.waiting.empty(); });
    if (stopping_) return;
    const Batch batch = std::move(lane.waiting.front());
    lane.waiting.pop_front();
    lock.unlock();
    write(batch);
  }
}

void FileWriters::write(const Batch& batch) {
  const auto all = [&]() -> Result<void> {
    for (const NewFile& file : batch.files) TRY(write_new_file(batch.parent->get(), file));
    return success();
  };
  // An exception may not leave a thread: the program would end.
  const auto caught = [&]() -> Result<void> {
    try {
      return all();
    } catch (const std::exception& exception) {
      return make_error(ErrorKind::Internal, "layer.write", "write files of", batch.directory, exception.what());
    }
  };
  auto written = caught();
  const std::lock_guard lock(mutex_);
  if (!written.ok() && (!error_ || batch.number < error_->first)) error_.emplace(batch.number, std::move(written).error());
  --batches_;
  bytes_ -= batch.bytes;
  const auto owed = owed_.find(batch.directory);
  if (--owed->second == 0) owed_.erase(owed);
  changed_.notify_all();
}

}  // namespace strates::linux_world
