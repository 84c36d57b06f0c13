// A blob on its way from another registry, read by everybody who wants it while it comes. The last byte is held back until the whole is known to be
// right: nobody ever receives all of a wrong blob.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "registry/server/storage.hpp"

namespace strates::registry::server {

class Flight : public ByteSink {
 public:
  Flight(std::string name, Digest digest, std::unique_ptr<IncomingBlob> incoming, std::uint64_t most)
      : name_(std::move(name)), digest_(std::move(digest)), incoming_(std::move(incoming)), most_(most) {}
  const std::string& name() const { return name_; }
  const Digest& digest() const { return digest_; }

  // --- the thread that downloads
  void begin(std::optional<std::uint64_t> size);
  Result<void> write(std::string_view bytes) override;
  std::uint64_t written() const { return incoming_->size(); }
  IncomingBlob& incoming() { return *incoming_; }
  void land(Result<void> outcome);

  // --- those that wait, any thread
  // Waits until the size is known: from the other registry, or because all has come.
  Result<std::uint64_t> wait_for_size();
  bool landed_well();
  // Waits until there is something at `offset`; 0 at the end.
  Result<size_t> read_at(std::uint64_t offset, std::span<char> buffer);

 private:
  const std::string name_;
  const Digest digest_;
  const std::unique_ptr<IncomingBlob> incoming_;
  const std::uint64_t most_;  // bytes that are taken
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<std::uint64_t> size_;
  std::uint64_t visible_ = 0;
  std::optional<Result<void>> outcome_;
};

class FlightSource : public ByteSource {
 public:
  FlightSource(std::shared_ptr<Flight> flight, std::uint64_t offset) : flight_(std::move(flight)), at_(offset) {}
  Result<size_t> read(std::span<char> buffer) override {
    const size_t got = TRY(flight_->read_at(at_, buffer));
    at_ += got;
    return got;
  }

 private:
  std::shared_ptr<Flight> flight_;
  std::uint64_t at_;
};

}  // namespace strates::registry::server
