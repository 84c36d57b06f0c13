// A client and a handler in one program: the same requests and streams as over a socket, without one.
//
// Streams are memory shared between the client's thread and whoever sends. Nothing runs by itself here: a read that has nothing runs the world
// (`wait`), or sleeps on a condition when the world has threads of its own.
#include <condition_variable>
#include <mutex>

#include "api/client.hpp"
#include "base/strings.hpp"

namespace strates::api {

namespace {

using Wait = std::function<bool(const std::function<bool()>&)>;
constexpr std::uint64_t kBodyLimit = std::uint64_t{4} << 30;

// Both directions of one answer.
struct Pipe {
  std::mutex mutex;
  std::condition_variable changed;
  std::string to_client;
  bool ended = false, aborted = false, gone = false, cancelled = false;
  bool started = false;  // something was sent
  std::optional<HttpResponse> replacement;
  std::function<void()> on_gone;
  std::function<void(std::string_view)> on_data;
  std::function<void()> on_eof;
  std::string from_client;  // before somebody receives
  bool client_closed = false;
};

class PipeChannel : public HttpDuplex {
 public:
  explicit PipeChannel(std::shared_ptr<Pipe> pipe) : pipe_(std::move(pipe)) {}
  ~PipeChannel() override { abort(); }

  bool send(std::string_view bytes) override {
    const std::lock_guard guard(pipe_->mutex);
    if (pipe_->ended || pipe_->gone) return false;
    pipe_->to_client += bytes;
    pipe_->started = pipe_->started || !bytes.empty();
    pipe_->changed.notify_all();
    return true;
  }
  void end() override {
    const std::lock_guard guard(pipe_->mutex);
    pipe_->ended = true;
    pipe_->changed.notify_all();
  }
  void abort() override {
    const std::lock_guard guard(pipe_->mutex);
    if (!pipe_->ended) pipe_->aborted = true;
    pipe_->ended = true;
    pipe_->changed.notify_all();
  }
  bool replace(HttpResponse response) override {
    const std::lock_guard guard(pipe_->mutex);
    if (pipe_->started || pipe_->ended || !std::holds_alternative<std::string>(response.body)) return false;
    pipe_->replacement = std::move(response);
    pipe_->ended = true;
    pipe_->changed.notify_all();
    return true;
  }
  void on_gone(std::function<void()> callback) override {
    {
      const std::lock_guard guard(pipe_->mutex);
      if (!pipe_->gone) {
        pipe_->on_gone.swap(callback);
        return;
      }
    }
    callback();
  }
  bool gone() override {
    const std::lock_guard guard(pipe_->mutex);
    return pipe_->gone;
  }
  void receive(std::function<void(std::string_view)> on_data, std::function<void()> on_eof) override {
    std::string early;
    bool closed = false;
    {
      const std::lock_guard guard(pipe_->mutex);
      pipe_->on_data = on_data;
      pipe_->on_eof = on_eof;
      early = std::exchange(pipe_->from_client, {});
      closed = pipe_->client_closed;
    }
    if (!early.empty()) on_data(early);
    if (closed && on_eof) on_eof();
  }

 private:
  std::shared_ptr<Pipe> pipe_;
};

// Keeps the response, and so whatever its body's closure owns, as long as the client keeps the stream.
class PipeStream : public ClientStream {
 public:
  PipeStream(std::shared_ptr<Pipe> pipe, HttpResponse kept, std::shared_ptr<const Wait> wait)
      : pipe_(std::move(pipe)), kept_(std::move(kept)), wait_(std::move(wait)) {}
  ~PipeStream() override {
    // Callbacks go without the lock: they may hold this pipe's own channel.
    std::function<void()> on_gone, on_eof;
    std::function<void(std::string_view)> on_data;
    bool early = false;
    {
      const std::lock_guard guard(pipe_->mutex);
      early = !pipe_->ended;
      pipe_->gone = true;
      on_gone.swap(pipe_->on_gone);
      on_data.swap(pipe_->on_data);
      on_eof.swap(pipe_->on_eof);
    }
    if (early && on_gone) on_gone();
  }

  Result<std::string> read() override {
    if (!wait_until_readable())
      return make_error(ErrorKind::Unavailable, "client.stalled", "read from", "the engine", "nothing can happen any more that this stream waits for",
                        "the process waits for input or for something that nobody will do");
    const std::lock_guard guard(pipe_->mutex);
    if (pipe_->cancelled) return std::string();
    if (pipe_->to_client.empty() && pipe_->aborted)
      return make_error(ErrorKind::Unavailable, "client.cut-short", "read from", "the engine", "the answer was cut short");
    return std::exchange(pipe_->to_client, {});
  }
  Result<void> write(std::string_view bytes) override {
    std::function<void(std::string_view)> on_data;
    {
      const std::lock_guard guard(pipe_->mutex);
      if (!std::holds_alternative<HttpUpgradeBody>(kept_.body) || pipe_->client_closed)
        return make_error(ErrorKind::Invalid, "client.not-hijacked", "write to", "the engine", "this answer has no way back");
      if (pipe_->ended) return make_error(ErrorKind::Unavailable, "client.write", "write to", "the engine", "the stream has ended");
      on_data = pipe_->on_data;
      if (!on_data) pipe_->from_client += bytes;
    }
    if (on_data) on_data(bytes);
    return {};
  }
  void close_write() override {
    std::function<void()> on_eof;
    {
      const std::lock_guard guard(pipe_->mutex);
      if (std::exchange(pipe_->client_closed, true) || pipe_->ended) return;
      on_eof = pipe_->on_eof;
    }
    if (on_eof) on_eof();
  }
  void cancel() override {
    const std::lock_guard guard(pipe_->mutex);
    pipe_->cancelled = true;
    pipe_->changed.notify_all();
  }

 private:
  bool readable() const { return !pipe_->to_client.empty() || pipe_->ended || pipe_->cancelled; }
  bool wait_until_readable() {
    if (!*wait_) {
      std::unique_lock lock(pipe_->mutex);
      pipe_->changed.wait(lock, [this] { return readable(); });
      return true;
    }
    const auto ready = [this] {
      const std::lock_guard guard(pipe_->mutex);
      return readable();
    };
    return ready() || (*wait_)(ready);
  }

  std::shared_ptr<Pipe> pipe_;
  HttpResponse kept_;
  std::shared_ptr<const Wait> wait_;
};

class InProcessTransport : public Transport {
 public:
  InProcessTransport(HttpHandler handler, Wait wait) : handler_(std::move(handler)), wait_(std::make_shared<const Wait>(std::move(wait))) {}
  std::string description() const override { return "in-process"; }

  Result<ClientResponse> send(const ClientRequest& request) override {
    HttpRequest call;
    call.method = request.method;
    const auto question = request.target.find('?');
    call.path = percent_decode(std::string_view(request.target).substr(0, question), false);
    if (question != std::string::npos) call.query = parse_query(std::string_view(request.target).substr(question + 1));
    call.headers = request.headers;
    if (request.upgrade) {
      call.headers.emplace_back("Connection", "Upgrade");
      call.headers.emplace_back("Upgrade", "tcp");
    }
    call.body = std::make_shared<StringSpool>(request.body_source != nullptr ? TRY(read_all(*request.body_source, kBodyLimit)) : request.body);
    return respond(handler_(call), request.method);
  }

 private:
  Result<ClientResponse> respond(HttpResponse answer, const std::string& method) {
    const auto pipe = std::make_shared<Pipe>();
    ClientResponse response;
    response.status = answer.status;
    response.headers = answer.headers;
    if (const auto* text = std::get_if<std::string>(&answer.body)) {
      if (method != "HEAD") pipe->to_client = *text;
      pipe->ended = true;
    } else if (const auto* read = std::get_if<HttpSourceBody>(&answer.body)) {
      if (method != "HEAD") pipe->to_client = TRY(read_all(*read->source, kBodyLimit));
      pipe->ended = true;
    } else if (const auto* streamed = std::get_if<HttpStreamBody>(&answer.body)) {
      streamed->start(std::make_shared<PipeChannel>(pipe));
      if (streamed->lazy) take_replacement(*pipe, response);
    } else {
      response.status = 101;
      std::get<HttpUpgradeBody>(answer.body).start(std::make_shared<PipeChannel>(pipe));
    }
    response.stream = std::make_unique<PipeStream>(pipe, std::move(answer), wait_);
    return response;
  }

  // A lazy stream decides its status when something is sent or replaced.
  void take_replacement(Pipe& pipe, ClientResponse& response) {
    const auto decided = [&] {
      const std::lock_guard guard(pipe.mutex);
      return pipe.started || pipe.ended;
    };
    if (*wait_) {
      if (!decided()) (*wait_)(decided);
    } else {
      std::unique_lock lock(pipe.mutex);
      pipe.changed.wait(lock, [&] { return pipe.started || pipe.ended; });
    }
    const std::lock_guard guard(pipe.mutex);
    if (!pipe.replacement) return;
    response.status = pipe.replacement->status;
    response.headers = pipe.replacement->headers;
    pipe.to_client = std::get<std::string>(pipe.replacement->body);
  }

  HttpHandler handler_;
  std::shared_ptr<const Wait> wait_;
};

}  // namespace

std::unique_ptr<Transport> in_process_transport(HttpHandler handler, std::function<bool(const std::function<bool()>&)> wait) {
  return std::make_unique<InProcessTransport>(std::move(handler), std::move(wait));
}

}  // namespace strates::api
