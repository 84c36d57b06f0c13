// Small files of one archive, written side by side: the kernel makes a file in 20 to 30 microseconds, and in directories of their own two
// processors make twice as many. Files of one directory are written by one thread in the order in which they came, so that of two with one name the
// last stays; between directories there is no order. Nothing is written beneath a name: the directory is given as a descriptor.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/unique_fd.hpp"
#include "image/layer.hpp"

namespace strates::linux_world {

// A new file with its content and attributes; what is there and is no directory makes room for it. `shown` names it in errors.
struct NewFile {
  std::string name, shown, content;
  image::EntryMeta meta;
};
Result<void> write_new_file(int parent, const NewFile& file);
// The same without content: the caller writes it, then calls apply_file_meta.
Result<UniqueFd> create_file(int parent, const std::string& name, const image::EntryMeta& meta, std::string_view shown);

// To be used by one thread, which is not one of those that write.
class FileWriters {
 public:
  static constexpr std::uint64_t kSmall = 64 << 10;  // of content; what is larger is not worth keeping in memory

  FileWriters();
  ~FileWriters();  // waits for what was begun; what was not begun is not written
  FileWriters(const FileWriters&) = delete;
  FileWriters& operator=(const FileWriters&) = delete;

  // `directory`: what `parent` is called here. Waits while more than 4 MiB wait to be written. The error is the first of any file given so far.
  Result<void> add(const std::string& directory, const std::shared_ptr<const UniqueFd>& parent, NewFile file);
  // May there be files that were given for this directory and are not yet written?
  bool owes(const std::string& directory);
  // Returns when all that was given is written.
  Result<void> settle();

 private:
  struct Batch {
    std::string directory;
    std::shared_ptr<const UniqueFd> parent;
    std::vector<NewFile> files;
    std::uint64_t bytes = 0, number = 0;
  };
  struct Lane {
    std::deque<Batch> waiting;
    std::thread thread;
  };
  void hand_over();
  void work(Lane& lane);
  void write(const Batch& batch);

  std::mutex mutex_;
  std::condition_variable changed_, given_;
  std::vector<Lane> lanes_;
  Batch collecting_;
  std::map<std::string, size_t> owed_;  // batches not yet written, by directory
  size_t batches_ = 0;                   // not yet written, with
  std::uint64_t bytes_ = 0;              // so much in them
  std::uint64_t numbers_ = 0;            // batches so far; changed by the one thread that gives them
  bool stopping_ = false;
  std::optional<std::pair<std::uint64_t, Error>> error_;  // of the batch with the lowest number
};

}  // namespace strates::linux_world
