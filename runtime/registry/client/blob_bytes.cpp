// A blob as a source that survives broken connections (RFC 9110, 14: Range).
#include <algorithm>

#include "base/strings.hpp"
#include "registry/client/failure.hpp"
#include "registry/client/repository.hpp"

namespace strates::registry {

namespace {

constexpr int kMostAttempts = 5;                     // without progress
constexpr std::uint64_t kProgress = 64 << 10;        // what counts as some
constexpr int kMostResumptions = 200;

Error wrong_size(const Digest& digest, std::uint64_t expected, const std::string& got) {
  return make_error(ErrorKind::Unavailable, "registry.size", "download", digest.str(), "the registry gives " + got + " bytes where its manifest says " + std::to_string(expected),
                    "nothing was kept; the registry's copy is damaged");
}

// Worth another try: the connection broke, or nothing came any more.
bool passes(const Error& error) { return error.code == "fetch.truncated" || error.code == "fetch.timeout" || error.code == "fetch.dial"; }

}  // namespace

class BlobBytes final : public ByteSource {
 public:
  BlobBytes(Repository& repository, const Digest& digest, std::uint64_t size, std::function<void(int)> retrying)
      : repository_(repository), digest_(digest), size_(size), retrying_(std::move(retrying)) {}

  Result<void> open() {
    Ask ask;
    ask.target = repository_.at("/blobs/" + digest_.str());
    if (at_ > 0) ask.headers.emplace_back("Range", "bytes=" + std::to_string(at_) + "-");
    Answer answer = TRY(repository_.session_.ask(ask));
    if (!answer.ok()) return refusal(answer.response);
    const auto length = http_header(answer.response.headers, "Content-Length");
    if (answer.response.status == 206) {
      const std::string range = http_header(answer.response.headers, "Content-Range").value_or("");
      if (!range.starts_with("bytes " + std::to_string(at_) + "-"))
        return make_error(ErrorKind::Unavailable, "registry.range", "resume", digest_.str(), "the registry answers with the range " + go_quote(range.substr(0, 80)));
      skip_ = 0;
    } else {
      if (length && *length != std::to_string(size_)) return wrong_size(digest_, size_, *length);
      skip_ = at_;  // it does not know ranges: what is here already is passed over
    }
    body_ = std::move(answer.response.body);
    return success();
  }

  Result<size_t> read(std::span<char> buffer) override {
    for (;;) {
      auto got = read_once(buffer);
      if (got.ok() || !passes(got.error())) return got;
      TRY(resume(got.error()));
    }
  }

 private:
  Result<size_t> read_once(std::span<char> buffer) {
    if (buffer.empty() || ended_) return size_t{0};
    if (!body_) return docker_error(ErrorKind::Unavailable, "fetch.truncated", "unexpected EOF");
    while (skip_ > 0) {
      char thrown[16 << 10];
      const size_t got = TRY(body_->read({thrown, static_cast<size_t>(std::min<std::uint64_t>(sizeof thrown, skip_))}));
      if (got == 0) return docker_error(ErrorKind::Unavailable, "fetch.truncated", "unexpected EOF");
      skip_ -= got;
    }
    auto heard = body_->read(buffer);
    // All of it is here: how the connection ends says nothing about the bytes, which are verified by whoever reads them.
    const bool whole = at_ == size_ && skip_ == 0;
    if (!heard.ok() && !(whole && passes(heard.error()))) return std::move(heard).error();
    const size_t got = heard.ok() ? heard.value() : 0;
    if (got > size_ - at_) return wrong_size(digest_, size_, "more than " + std::to_string(size_));
    at_ += got;
    if (got == 0) {
      if (at_ != size_) return wrong_size(digest_, size_, std::to_string(at_));
      ended_ = true;
      body_.reset();
    }
    return got;
  }

  Result<void> resume(const Error& why) {
    for (Error last = why;;) {
      if (at_ - resumed_at_ >= kProgress) attempts_ = 0;
      resumed_at_ = at_;
      if (++attempts_ > kMostAttempts || ++resumptions_ > kMostResumptions) return last;
      body_.reset();
      // The first time at once: a connection can break; after that somebody is in trouble.
      if (attempts_ > 1) {
        const int seconds = attempts_ - 1;
        if (retrying_) retrying_(seconds);
        if (!repository_.session_.world().pause(seconds * kSecond)) return docker_error(ErrorKind::Conflict, "fetch.cancelled", "context canceled");
      }
      auto opened = open();
      if (opened.ok()) return success();
      if (!passes(opened.error())) return opened;
      last = std::move(opened).error();
    }
  }

  Repository& repository_;
  const Digest digest_;
  const std::uint64_t size_;
  std::function<void(int)> retrying_;
  std::unique_ptr<ByteSource> body_;
  std::uint64_t at_ = 0, skip_ = 0, resumed_at_ = 0;
  int attempts_ = 0, resumptions_ = 0;
  bool ended_ = false;
};

Result<std::unique_ptr<ByteSource>> Repository::blob(const Digest& digest, std::uint64_t size, std::function<void(int)> retrying) {
  auto bytes = std::make_unique<BlobBytes>(*this, digest, size, std::move(retrying));
  auto opened = bytes->open();
  // A connection that cannot be made is tried again like one that broke.
  if (!opened.ok() && !passes(opened.error())) return std::move(opened).error();
  return std::unique_ptr<ByteSource>(std::move(bytes));
}

}  // namespace strates::registry
