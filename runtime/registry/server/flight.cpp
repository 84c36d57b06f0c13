#include "registry/server/flight.hpp"

#include <algorithm>

namespace strates::registry::server {

void Flight::begin(std::optional<std::uint64_t> size) {
  const std::lock_guard guard(mutex_);
  if (size) size_ = size;
  changed_.notify_all();
}

Result<void> Flight::write(std::string_view bytes) {
  if (incoming_->size() + bytes.size() > most_) return make_error(ErrorKind::Unavailable, "upstream.answer", "mirror", digest_.str(), "the blob is larger than --max-blob allows");
  TRY(incoming_->write(bytes));
  const std::lock_guard guard(mutex_);
  visible_ = incoming_->size() == 0 ? 0 : incoming_->size() - 1;
  changed_.notify_all();
  return success();
}

void Flight::land(Result<void> outcome) {
  const std::lock_guard guard(mutex_);
  if (outcome.ok()) size_ = visible_ = incoming_->size();
  outcome_ = std::move(outcome);
  changed_.notify_all();
}

Result<std::uint64_t> Flight::wait_for_size() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return size_ || outcome_; });
  if (outcome_ && !outcome_->ok()) return outcome_->error();
  return *size_;
}

bool Flight::landed_well() {
  const std::lock_guard guard(mutex_);
  return outcome_ && outcome_->ok();
}

Result<size_t> Flight::read_at(std::uint64_t offset, std::span<char> buffer) {
  std::uint64_t there = 0;
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return outcome_ || visible_ > offset; });
    if (outcome_ && !outcome_->ok()) return outcome_->error();
    there = visible_;
  }
  if (there <= offset) return size_t{0};
  return incoming_->read_at(offset, buffer.subspan(0, static_cast<size_t>(std::min<std::uint64_t>(buffer.size(), there - offset))));
}

}  // namespace strates::registry::server
