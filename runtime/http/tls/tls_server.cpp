#include "http/tls/tls_server.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <mutex>

namespace strates::http {

namespace {

struct FreeContext {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
struct FreeSession {
  void operator()(SSL* session) const { SSL_free(session); }
};

// The first thing OpenSSL complained of; its queue is emptied.
std::string complaint() {
  const unsigned long number = ERR_get_error();
  ERR_clear_error();
  const char* reason = number == 0 ? nullptr : ERR_reason_error_string(number);
  return reason == nullptr ? "unreadable" : reason;
}

class OpensslSession : public TlsSession {
 public:
  OpensslSession(std::unique_ptr<SSL, FreeSession> session, int descriptor) : session_(std::move(session)), descriptor_(descriptor) {}

  bool handshake(std::chrono::milliseconds deadline) override {
    const auto end = std::chrono::steady_clock::now() + deadline;
    for (;;) {
      ERR_clear_error();
      const int done = SSL_accept(session_.get());
      if (done == 1) return true;
      const int why = SSL_get_error(session_.get(), done);
      ERR_clear_error();
      if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) return false;
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now()).count();
      pollfd entry{descriptor_, static_cast<short>(why == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT), 0};
      if (left <= 0 || (::poll(&entry, 1, static_cast<int>(left)) < 0 && errno != EINTR)) return false;
    }
  }

  ssize_t receive(char* buffer, size_t size) override {
    const std::lock_guard guard(mutex_);
    ERR_clear_error();
    size_t count = 0;
    const int done = SSL_read_ex(session_.get(), buffer, size, &count);
    return done == 1 ? static_cast<ssize_t>(count) : outcome(done);
  }

  ssize_t send(std::string_view bytes) override {
    if (bytes.empty()) return 0;
    const std::lock_guard guard(mutex_);
    ERR_clear_error();
    size_t count = 0;
    const int done = SSL_write_ex(session_.get(), bytes.data(), bytes.size(), &count);
    if (done == 1) return static_cast<ssize_t>(count);
    const ssize_t failed = outcome(done);
    if (failed == 0) errno = EPIPE;
    return -1;
  }

  void close_write() override {
    const std::lock_guard guard(mutex_);
    ERR_clear_error();
    if (!broken_ && SSL_is_init_finished(session_.get()) == 1) SSL_shutdown(session_.get());
    ERR_clear_error();
  }

 private:
  ssize_t outcome(int done) {
    const int number = errno;
    const int why = SSL_get_error(session_.get(), done);
    ERR_clear_error();
    if (why == SSL_ERROR_ZERO_RETURN) return 0;
    const bool later = why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE;
    broken_ = broken_ || !later;
    errno = later ? EAGAIN : why == SSL_ERROR_SYSCALL && number != 0 && number != EAGAIN ? number : ECONNRESET;
    return -1;
  }

  std::mutex mutex_;
  std::unique_ptr<SSL, FreeSession> session_;
  const int descriptor_;
  bool broken_ = false;
};

class OpensslServer : public TlsServer {
 public:
  explicit OpensslServer(std::unique_ptr<SSL_CTX, FreeContext> context) : context_(std::move(context)) {}

  std::unique_ptr<TlsSession> accept(int descriptor) override {
    std::unique_ptr<SSL, FreeSession> session(SSL_new(context_.get()));
    if (!session || SSL_set_fd(session.get(), descriptor) != 1) return nullptr;
    return std::make_unique<OpensslSession>(std::move(session), descriptor);
  }

 private:
  std::unique_ptr<SSL_CTX, FreeContext> context_;
};

Error refused(std::string_view code, const std::string& file) {
  return make_error(ErrorKind::Invalid, code, "read", file, complaint(), "a PEM file is expected");
}

}  // namespace

Result<std::shared_ptr<TlsServer>> TlsServer::open(const TlsFiles& files) {
  std::unique_ptr<SSL_CTX, FreeContext> context(SSL_CTX_new(TLS_server_method()));
  if (!context) return make_error(ErrorKind::Internal, "tls.library", "start", "TLS", complaint());
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  if (SSL_CTX_use_certificate_chain_file(context.get(), files.certificate.c_str()) != 1) return refused("tls.certificate", files.certificate);
  if (SSL_CTX_use_PrivateKey_file(context.get(), files.key.c_str(), SSL_FILETYPE_PEM) != 1) return refused("tls.key", files.key);
  if (SSL_CTX_check_private_key(context.get()) != 1) return refused("tls.key", files.key);
  if (!files.client_authority.empty()) {
    if (SSL_CTX_load_verify_locations(context.get(), files.client_authority.c_str(), nullptr) != 1) return refused("tls.authority", files.client_authority);
    if (STACK_OF(X509_NAME)* names = SSL_load_client_CA_file(files.client_authority.c_str()); names != nullptr) SSL_CTX_set_client_CA_list(context.get(), names);
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    // A session taken up again must not go around the certificate.
    SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(context.get(), 0);
  }
  return std::shared_ptr<TlsServer>(std::make_shared<OpensslServer>(std::move(context)));
}

}  // namespace strates::http
