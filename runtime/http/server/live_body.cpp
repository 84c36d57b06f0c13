#include "http/server/live_body.hpp"

namespace strates::http {

namespace {

constexpr Milliseconds kSkipPatience{2'000};

Error body_read() { return make_error(ErrorKind::Internal, "http.body-read", "read a request's body", "", "it can be read once, until the answer"); }

}  // namespace

struct LiveBody::State {
  State(std::shared_ptr<Socket> from, const RequestHead& head, const ServerOptions& options)
      : socket(std::move(from)), source(*socket, head, options.body_limit, options.body_idle), owes_continue(head.expects_continue), patience(options.slow_reader) {}

  std::shared_ptr<Socket> socket;
  BodySource source;
  bool owes_continue;
  Milliseconds patience;
  bool left = false, failed = false;
};

class LiveBody::Reader : public ByteSource {
 public:
  explicit Reader(std::shared_ptr<State> state) : state_(std::move(state)) {}

  Result<size_t> read(std::span<char> buffer) override {
    State& state = *state_;
    if (state.left) return body_read();
    if (state.owes_continue && !state.source.finished()) {
      state.owes_continue = false;
      if (!state.socket->send_all("HTTP/1.1 100 Continue\r\n\r\n", state.patience)) state.failed = true;
    }
    if (state.failed) return make_error(ErrorKind::Invalid, "http.cut-short", "read a request's body", "", "the client left in the middle");
    auto count = state.source.read(buffer);
    state.failed = !count.ok();
    return count;
  }

 private:
  std::shared_ptr<State> state_;
};

LiveBody::LiveBody(std::shared_ptr<Socket> socket, const RequestHead& head, const ServerOptions& options)
    : state_(std::make_shared<State>(std::move(socket), head, options)), announced_(head.content_length.value_or(0)) {}

Result<std::unique_ptr<ByteSource>> LiveBody::open() {
  if (opened_ || state_->left) return body_read();
  opened_ = true;
  return std::unique_ptr<ByteSource>(std::make_unique<Reader>(state_));
}

void LiveBody::leave() { state_->left = true; }

bool LiveBody::finished() const { return state_->source.finished(); }

bool LiveBody::skip(std::uint64_t most) {
  if (state_->failed || state_->owes_continue || announced_ > most) return false;
  char bytes[8 * 1024];
  const auto end = std::chrono::steady_clock::now() + kSkipPatience;
  for (std::uint64_t total = 0; !finished();) {
    const auto count = state_->source.read(bytes);
    if (!count.ok()) return false;
    total += count.value();
    if (total > most || std::chrono::steady_clock::now() > end) return finished();
  }
  return true;
}

}  // namespace strates::http
