#include "http/server/outgoing.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <cerrno>

namespace strates::http {

namespace {

constexpr Milliseconds kForever{24 * 3600 * 1000};
constexpr size_t kCompactAt = 1 << 20;

}  // namespace

Outgoing::Outgoing(std::shared_ptr<Socket> socket, UniqueFd wake, Encoding encoding, OutgoingLimits limits)
    : socket_(std::move(socket)), wake_(std::move(wake)), encoding_(encoding), limits_(limits), owner_(std::this_thread::get_id()) {}

Result<std::shared_ptr<Outgoing>> Outgoing::create(std::shared_ptr<Socket> socket, Encoding encoding, OutgoingLimits limits) {
  UniqueFd wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake) return system_error("create", "eventfd", errno);
  return std::shared_ptr<Outgoing>(new Outgoing(std::move(socket), std::move(wake), encoding, limits));
}

void Outgoing::begin(std::string head, Lazy lazy) {
  const std::lock_guard guard(mutex_);
  if (lazy == Lazy::Yes) {
    held_head_ = std::move(head);
    return;
  }
  buffer_ += head;
  flush();
}

void Outgoing::wake() {
  const std::uint64_t one = 1;
  ignore(::write(wake_.get(), &one, sizeof one) < 0 ? Result<void>(system_error("wake", "", errno)) : success());  // full: it is awake already
}

void Outgoing::append(std::string_view bytes) {
  if (held_head_) {
    buffer_ += *held_head_;
    held_head_.reset();
  }
  if (encoding_ == Encoding::Chunked) {
    buffer_ += fmt::format("{:x}\r\n", bytes.size());
    buffer_ += bytes;
    buffer_ += "\r\n";
  } else {
    buffer_ += bytes;
  }
}

void Outgoing::flush() {
  while (waiting() > 0 && !gone_) {
    const ssize_t count = socket_->send_some(std::string_view(buffer_).substr(sent_));
    if (count < 0) gone_ = true;
    if (count <= 0) break;
    sent_ += static_cast<size_t>(count);
  }
  if (waiting() == 0) {
    buffer_.clear();
    sent_ = 0;
  } else if (sent_ >= kCompactAt) {
    buffer_.erase(0, sent_);
    sent_ = 0;
  }
}

bool Outgoing::send(std::string_view bytes) {
  std::unique_lock lock(mutex_);
  const Milliseconds patience = std::this_thread::get_id() == owner_ ? limits_.own_thread : limits_.slow_reader;
  while (!closed() && waiting() >= limits_.buffer) {
    lock.unlock();
    const bool writable = socket_->wait_writable(patience);
    lock.lock();
    flush();
    if (!writable && waiting() >= limits_.buffer) {
      gone_ = true;
      ::shutdown(socket_->fd(), SHUT_RDWR);
    }
  }
  if (closed()) {
    if (gone_) wake();
    return false;
  }
  if (bytes.empty()) return true;
  append(bytes);
  flush();
  if (gone_ || waiting() > 0) wake();
  return !gone_;
}

void Outgoing::end() {
  const std::lock_guard guard(mutex_);
  if (closed()) return;
  if (held_head_) {
    buffer_ += *held_head_;
    held_head_.reset();
  }
  ended_ = true;
  if (encoding_ == Encoding::Chunked) buffer_ += "0\r\n\r\n";
  flush();
  wake();
}

void Outgoing::abort() {
  const std::lock_guard guard(mutex_);
  if (closed()) return;
  ended_ = aborted_ = true;
  wake();
}

bool Outgoing::replace(HttpResponse response) {
  const std::lock_guard guard(mutex_);
  if (closed() || !held_head_ || !std::holds_alternative<std::string>(response.body)) return false;
  replacement_ = std::move(response);
  ended_ = true;
  wake();
  return true;
}

std::optional<HttpResponse> Outgoing::take_replacement() {
  const std::lock_guard guard(mutex_);
  return std::exchange(replacement_, std::nullopt);
}

void Outgoing::on_gone(std::function<void()> callback) {
  {
    const std::lock_guard guard(mutex_);
    if (!gone_) {
      on_gone_.swap(callback);
      return;
    }
  }
  callback();
}

// A client that closed its sending side still reads a raw connection (half-close), but has given up on a stream, as Go's server sees it.
bool Outgoing::client_left() const {
  pollfd entry{socket_->fd(), static_cast<short>(encoding_ == Encoding::Chunked ? POLLRDHUP : 0), 0};
  return ::poll(&entry, 1, 0) > 0 && (entry.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

bool Outgoing::gone() {
  const std::lock_guard guard(mutex_);
  if (!gone_ && !ended_ && client_left()) {
    gone_ = true;
    wake();
  }
  return gone_;
}

size_t Outgoing::pending() {
  const std::lock_guard guard(mutex_);
  return waiting();
}

void Outgoing::receive(std::function<void(std::string_view)> on_data, std::function<void()> on_eof) {
  const std::lock_guard guard(mutex_);
  on_data_.swap(on_data);  // the old ones go after the lock
  on_eof_.swap(on_eof);
  wake();
}

void Outgoing::read_client() {
  std::function<void(std::string_view)> on_data;
  std::function<void()> on_eof;
  {
    const std::lock_guard guard(mutex_);
    on_data = on_data_;
    on_eof = on_eof_;
  }
  const auto over = [this] {
    const std::lock_guard guard(mutex_);
    return over_;
  };
  const auto bytes = std::make_unique<char[]>(32 * 1024);
  for (;;) {
    const auto count = socket_->read(bytes.get(), 32 * 1024, kForever);
    if (over()) return;
    if (!count.ok() || count.value() == 0) break;
    on_data(std::string_view(bytes.get(), count.value()));
  }
  if (on_eof) on_eof();
}

Outgoing::End Outgoing::pump() {
  std::thread reader;
  std::function<void()> callback;
  for (;;) {
    short events = 0;
    bool wants_data = false;
    {
      const std::lock_guard guard(mutex_);
      wants_data = on_data_ != nullptr;
      flush();
      if (gone_ || (ended_ && (waiting() == 0 || aborted_))) {
        over_ = true;
        if (gone_) callback = std::exchange(on_gone_, nullptr);
        break;
      }
      if (waiting() > 0) events |= POLLOUT;
      if (encoding_ == Encoding::Chunked && !ended_) events |= POLLRDHUP;
    }
    if (wants_data && !reader.joinable()) reader = std::thread([this] { read_client(); });
    pollfd entries[] = {{socket_->fd(), events, 0}, {wake_.get(), POLLIN, 0}};
    if (::poll(entries, 2, -1) < 0 && errno != EINTR) break;
    std::uint64_t count = 0;
    if ((entries[1].revents & POLLIN) != 0 && ::read(wake_.get(), &count, sizeof count) < 0) continue;
    if ((entries[0].revents & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL)) != 0) {
      const std::lock_guard guard(mutex_);
      gone_ = true;
    }
  }
  if (encoding_ == Encoding::Raw) socket_->hang_up();
  if (callback) callback();
  if (reader.joinable()) reader.join();
  // Whatever the callbacks hold goes last, without the lock: it may be this stream's own channel, whose end takes it.
  std::function<void()> unused_gone, unused_eof;
  std::function<void(std::string_view)> unused_data;
  const std::lock_guard guard(mutex_);
  unused_gone.swap(on_gone_);
  unused_eof.swap(on_eof_);
  unused_data.swap(on_data_);
  if (gone_) return End::Gone;
  if (replacement_) return End::Replaced;
  return aborted_ ? End::Broken : End::Complete;
}

namespace {

template <typename Base>
class Channel : public Base {
 public:
  explicit Channel(std::shared_ptr<Outgoing> outgoing) : outgoing_(std::move(outgoing)) {}
  ~Channel() override { outgoing_->abort(); }
  bool send(std::string_view bytes) override { return outgoing_->send(bytes); }
  void end() override { outgoing_->end(); }
  void abort() override { outgoing_->abort(); }
  bool replace(HttpResponse response) override { return outgoing_->replace(std::move(response)); }
  void on_gone(std::function<void()> callback) override { outgoing_->on_gone(std::move(callback)); }
  bool gone() override { return outgoing_->gone(); }
  size_t pending() override { return outgoing_->pending(); }

 protected:
  std::shared_ptr<Outgoing> outgoing_;
};

class Duplex : public Channel<HttpDuplex> {
 public:
  using Channel::Channel;
  void receive(std::function<void(std::string_view)> on_data, std::function<void()> on_eof) override {
    outgoing_->receive(std::move(on_data), std::move(on_eof));
  }
};

}  // namespace

std::shared_ptr<HttpChannel> make_channel(std::shared_ptr<Outgoing> outgoing) { return std::make_shared<Channel<HttpChannel>>(std::move(outgoing)); }
std::shared_ptr<HttpDuplex> make_duplex(std::shared_ptr<Outgoing> outgoing) { return std::make_shared<Duplex>(std::move(outgoing)); }

}  // namespace strates::http
