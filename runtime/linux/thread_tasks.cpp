#include "linux/thread_tasks.hpp"

#include <atomic>
#include <condition_variable>
#include <cstring>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>

namespace strates::linux_world {

namespace {

constexpr size_t kPiece = 1 << 20, kPieces = 8;

// A ring of pieces between a thread that reads and whoever wants the bytes. Where the machine has no thread left, the one who wants them reads.
class ReadAhead final : public ByteSource {
 public:
  explicit ReadAhead(std::unique_ptr<ByteSource> from) : from_(std::move(from)) {
    try {
      thread_ = std::thread([this] { run(); });
    } catch (const std::system_error&) {
    }
  }
  ~ReadAhead() override {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
  }

  Result<size_t> read(std::span<char> buffer) override {
    if (!thread_.joinable()) return from_->read(buffer);
    if (buffer.empty()) return size_t{0};
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return filled_ > taken_ || ended_; });
    if (filled_ == taken_) {
      if (error_) return *error_;
      return size_t{0};
    }
    Piece& piece = pieces_[taken_ % kPieces];
    lock.unlock();
    // Only this side touches a filled piece.
    const size_t count = std::min(buffer.size(), piece.size - at_);
    std::memcpy(buffer.data(), piece.bytes.data() + at_, count);
    at_ += count;
    if (at_ == piece.size) {
      lock.lock();
      at_ = 0;
      ++taken_;
      lock.unlock();
      changed_.notify_all();
    }
    return count;
  }

 private:
  struct Piece {
    std::string bytes;
    size_t size = 0;
  };

  void run() {
    for (;;) {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return stopping_ || filled_ - taken_ < kPieces; });
      if (stopping_) return;
      Piece& piece = pieces_[filled_ % kPieces];
      lock.unlock();
      piece.size = 0;
      bool end = false;
      std::optional<Error> error;
      // A piece goes on when it is full: small ones would cost a switch of threads each.
      while (piece.size < kPiece && !end && !stopping_) {
        auto got = read_once(piece);
        if (!got.ok()) error = std::move(got).error();
        end = error || got.value() == 0;
        if (!end) piece.size += got.value();
      }
      lock.lock();
      if (piece.size > 0) ++filled_;
      if (end) {
        ended_ = true;
        error_ = std::move(error);
      }
      lock.unlock();
      changed_.notify_all();
      if (end) return;
    }
  }

  // An exception may not leave a thread: the program would end.
  Result<size_t> read_once(Piece& piece) {
    try {
      if (piece.bytes.empty()) piece.bytes.resize(kPiece);
      return from_->read({piece.bytes.data() + piece.size, kPiece - piece.size});
    } catch (const std::exception& exception) {
      return make_error(ErrorKind::Internal, "tasks.exception", "read ahead", "", exception.what());
    }
  }

  std::unique_ptr<ByteSource> from_;
  std::mutex mutex_;
  std::condition_variable changed_;
  Piece pieces_[kPieces];
  size_t filled_ = 0, taken_ = 0, at_ = 0;
  bool ended_ = false;
  std::atomic<bool> stopping_{false};  // changed with the mutex held, looked at without it between two reads
  std::optional<Error> error_;
  std::thread thread_;  // last: it uses the rest
};

}  // namespace

void ThreadTasks::all(const std::vector<std::function<void()>>& jobs, size_t at_once) {
  std::atomic<size_t> next{0};
  std::mutex mutex;
  std::exception_ptr thrown;
  const auto work = [&] {
    for (size_t i; (i = next.fetch_add(1)) < jobs.size();) {
      try {
        jobs[i]();
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (!thrown) thrown = std::current_exception();
      }
    }
  };
  std::vector<std::thread> threads;
  threads.reserve(std::min(at_once, jobs.size()));
  for (size_t i = 1; i < std::min(at_once, jobs.size()); ++i) {
    try {
      threads.emplace_back(work);
    } catch (const std::system_error&) {
      break;  // the machine has no thread left: fewer at a time, and this one at least
    }
  }
  work();
  for (auto& thread : threads) thread.join();
  if (thrown) std::rethrow_exception(thrown);
}

std::unique_ptr<engine::Ongoing> ThreadTasks::begin(std::function<void()> job) {
  struct Thread final : engine::Ongoing {
    explicit Thread(std::thread&& begun) : thread(std::move(begun)) {}
    ~Thread() override { thread.join(); }
    std::thread thread;
  };
  try {
    return std::make_unique<Thread>(std::thread([job] {
      try {
        job();
      } catch (const std::exception&) {
      }
    }));
  } catch (const std::system_error&) {
    job();  // the machine has no thread left
    return nullptr;
  }
}

std::unique_ptr<ByteSource> ThreadTasks::read_ahead(std::unique_ptr<ByteSource> from) { return std::make_unique<ReadAhead>(std::move(from)); }

}  // namespace strates::linux_world
