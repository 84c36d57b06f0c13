#include "api/output_stream.hpp"

#include "base/clock.hpp"

namespace strates::api {

namespace {

// Docker's log format: nanoseconds always in full (time.RFC3339NanoFixed).
std::string log_time(Nanos at) {
  std::string text = rfc3339(at);
  text.pop_back();  // Z
  const auto dot = text.find('.');
  if (dot == std::string::npos) text += ".000000000";
  else text.append(10 - (text.size() - dot), '0');
  return text + "Z";
}

}  // namespace

std::string frame(engine::StdStream stream, std::string_view bytes) {
  std::string out(8, '\0');
  out[0] = static_cast<char>(stream);
  for (int i = 0; i < 4; ++i) out[static_cast<size_t>(4 + i)] = static_cast<char>(bytes.size() >> (24 - 8 * i) & 0xff);
  return out.append(bytes);
}

std::string OutputStream::stamped(engine::StdStream stream, Nanos at, std::string_view bytes) {
  bool& open = line_open_[static_cast<size_t>(stream)];
  std::string stamp = timestamps_ == Timestamps::Yes ? log_time(at) + " " : "";
  if (details_ == Details::Yes) stamp += " ";
  std::string out;
  while (!bytes.empty()) {
    if (!open) out += stamp;
    const auto end = bytes.find('\n');
    const size_t take = end == std::string_view::npos ? bytes.size() : end + 1;
    out += bytes.substr(0, take);
    open = end == std::string_view::npos;
    bytes.remove_prefix(take);
  }
  return out;
}

void OutputStream::pass(std::string bytes) {
  std::shared_ptr<HttpChannel> channel;
  {
    const std::lock_guard guard(mutex_);
    if (ended_) return;
    if (!channel_) {
      early_ += bytes;
      return;
    }
    channel = channel_;
  }
  channel->send(bytes);  // not under the lock: it may wait for a slow client
}

void OutputStream::output(engine::StdStream stream, Nanos at, std::string_view bytes) {
  if (bytes.empty()) return;
  const std::string text = timestamps_ == Timestamps::Yes || details_ == Details::Yes ? stamped(stream, at, bytes) : std::string(bytes);
  pass(framing_ == Framing::Raw ? text : frame(stream, text));
}

void OutputStream::ended() {
  std::shared_ptr<HttpChannel> channel;
  {
    const std::lock_guard guard(mutex_);
    ended_ = true;
    channel = std::exchange(channel_, nullptr);
  }
  if (channel) channel->end();
}

void OutputStream::connect(std::shared_ptr<HttpChannel> channel) {
  // Early bytes leave under the lock: what comes meanwhile must follow them.
  const std::lock_guard guard(mutex_);
  if (!early_.empty()) channel->send(std::exchange(early_, {}));
  if (ended_) channel->end();
  else channel_ = std::move(channel);
}

void OutputStream::fail(const Error& error) {
  output(engine::StdStream::Out, 0, error.message() + "\r\n");
  ended();
}

}  // namespace strates::api
