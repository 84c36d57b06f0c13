// A blob as a source that survives broken connections (RFC 9110, 14: Range).
#include <algorithm>

#include "base/strings.hpp"
#include "registry/client/patience.hpp"
#include "registry/client/repository.hpp"

namespace strates::registry {

namespace {

constexpr std::uint64_t kProgress = 64 << 10;  // what counts as some; attempts are counted without it
constexpr int kMostResumptions = 200;

// Docker's sentence, and why: Docker takes a blob that is right and whose size in the manifest is not, where image-spec asks not to trust it.
Error wrong_size(const Digest& digest, std::uint64_t expected, const std::string& got) {
  Error error = make_error(ErrorKind::Unavailable, "registry.size", "download", digest.str(), "the registry gives " + got + " bytes where its manifest says " + std::to_string(expected),
                           "nothing was kept; the registry's copy is damaged");
  error.wire = "filesystem layer verification failed for digest " + digest.str() + ": " + error.cause;
  return error;
}

}  // namespace

class BlobBytes final : public ByteSource {
 public:
  BlobBytes(Repository& repository, const Digest& digest, std::uint64_t size, std::function<void(int)> retrying)
      : repository_(repository), digest_(digest), size_(size), retrying_(std::move(retrying)) {}

  Result<void> open() {
    const bool rest = at_ > 0 && ranges_;
    Ask ask;
    ask.target = repository_.at("/blobs/" + digest_.str());
    if (rest) ask.headers.emplace_back("Range", "bytes=" + std::to_string(at_) + "-");
    Answer answer = TRY(repository_.session_.ask(ask));
    const std::string range = http_header(answer.response.headers, "Content-Range").value_or("");
    const bool other_part = answer.response.status == 206 && !range.starts_with("bytes " + std::to_string(rest ? at_ : 0) + "-");
    if (rest && (other_part || answer.response.status == 416)) {
      // Its word about parts is worth nothing: from the start, once and for all.
      ranges_ = false;
      return open();
    }
    if (other_part) return make_error(ErrorKind::Unavailable, "registry.range", "download", digest_.str(), "the registry answers with the range " + go_quote(range.substr(0, 80)));
    if (!answer.ok()) return troubled(answer);
    const auto length = http_header(answer.response.headers, "Content-Length");
    if (answer.response.status == 206 && rest) {
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
      if (got.ok() || !may_pass(got.error())) return got;
      TRY(resume(got.error()));
    }
  }

 private:
  Error troubled(Answer& answer) {
    if (answer.response.status == 404) return docker_error(ErrorKind::NotFound, "registry.blob-unknown", "unknown blob");
    // It answered: asked again at once it would say the same.
    attempts_ = std::max(attempts_, 1);
    return repository_.refused(answer);
  }

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
    if (!heard.ok() && !(whole && may_pass(heard.error()))) return std::move(heard).error();
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
      if (++attempts_ > kMostBlobAttempts || ++resumptions_ > kMostResumptions) return last;
      body_.reset();
      // The first time at once: a connection can break; after that somebody is in trouble. Docker waits 5, 10, 15 and 20 seconds where this waits 1, 2, 3
      // and 4: as many attempts, and who looks at the terminal gets on.
      if (attempts_ > 1) {
        const int seconds = attempts_ - 1;
        if (retrying_) retrying_(seconds);
        if (!repository_.session_.world().pause(seconds * kSecond)) return docker_error(ErrorKind::Conflict, "fetch.cancelled", "context canceled");
      }
      auto opened = open();
      if (opened.ok()) return success();
      if (!may_pass(opened.error())) return opened;
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
  bool ended_ = false, ranges_ = true;
};

Result<std::unique_ptr<ByteSource>> Repository::blob(const Digest& digest, std::uint64_t size, std::function<void(int)> retrying) {
  auto bytes = std::make_unique<BlobBytes>(*this, digest, size, std::move(retrying));
  auto opened = bytes->open();
  // A connection that cannot be made, and a registry in trouble, are tried again like a connection that broke: by whoever reads.
  if (!opened.ok() && !may_pass(opened.error())) return std::move(opened).error();
  return std::unique_ptr<ByteSource>(std::move(bytes));
}

}  // namespace strates::registry
