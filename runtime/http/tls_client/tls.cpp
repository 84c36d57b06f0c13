#include "http/tls_client/tls.hpp"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <cerrno>
#include <filesystem>
#include <vector>

#include "base/go_errno.hpp"
#include "base/strings.hpp"

namespace strates::http {

namespace {

Error tls_error(std::string words) { return docker_error(ErrorKind::Unavailable, "fetch.tls", std::move(words)); }

struct FreeSsl {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};
using SslHandle = std::unique_ptr<SSL, FreeSsl>;

bool is_address(const std::string& host) {
  unsigned char bytes[16];
  return inet_pton(AF_INET, host.c_str(), bytes) == 1 || inet_pton(AF_INET6, host.c_str(), bytes) == 1;
}

// "a.example, b.example": what a certificate is for.
std::string names_of(const X509* certificate) {
  std::string out;
  auto* raw = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  const std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)> names(raw, GENERAL_NAMES_free);
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_DNS) continue;
    if (!out.empty()) out += ", ";
    out.append(reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName)), static_cast<size_t>(ASN1_STRING_length(name->d.dNSName)));
  }
  return out;
}

// OpenSSL keeps no certificate that it refused: what it is for is noted while it is looked at, in the std::string behind the SSL's application data.
int note_names(int good, X509_STORE_CTX* context) {
  const SSL* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(context, SSL_get_ex_data_X509_STORE_CTX_idx()));
  const X509* certificate = X509_STORE_CTX_get0_cert(context);
  auto* names = ssl == nullptr ? nullptr : static_cast<std::string*>(SSL_get_app_data(ssl));
  if (good == 0 && names != nullptr && certificate != nullptr && X509_STORE_CTX_get_error(context) == X509_V_ERR_HOSTNAME_MISMATCH) *names = names_of(certificate);
  return good;
}

// As Go's crypto/x509 says it.
std::string verify_words(SSL* ssl, const std::string& host) {
  switch (const long code = SSL_get_verify_result(ssl); code) {
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT: return "x509: certificate signed by unknown authority";
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID: return "x509: certificate has expired or is not yet valid";
    case X509_V_ERR_HOSTNAME_MISMATCH: {
      const auto* noted = static_cast<const std::string*>(SSL_get_app_data(ssl));
      const std::string names = noted == nullptr ? "" : *noted;
      return names.empty() ? "x509: certificate is not valid for any names, but wanted to match " + host : "x509: certificate is valid for " + names + ", not " + host;
    }
    case X509_V_ERR_IP_ADDRESS_MISMATCH: return "x509: cannot validate certificate for " + host + " because it doesn't contain any IP SANs";
    default: return "x509: " + std::string(X509_verify_cert_error_string(code));
  }
}

class Tls final : public Connection {
 public:
  Tls(UniqueFd fd, SslHandle ssl) : fd_(std::move(fd)), ssl_(std::move(ssl)) {}
  ~Tls() override {
    // The peer is told once, without waiting for its answer.
    if (healthy_) SSL_shutdown(ssl_.get());
    ERR_clear_error();
  }

  Result<void> shake_hands(const std::string& host, const Patience& patience) {
    for (;;) {
      ERR_clear_error();
      const int done = SSL_connect(ssl_.get());
      if (done == 1) {
        healthy_ = true;
        return success();
      }
      const int kind = SSL_get_error(ssl_.get(), done);
      if (kind == SSL_ERROR_WANT_READ || kind == SSL_ERROR_WANT_WRITE) {
        auto waited = wait_until(fd_.get(), kind == SSL_ERROR_WANT_READ ? Ready::Read : Ready::Write, patience);
        if (!waited.ok() && waited.error().code == "fetch.timeout") return docker_error(ErrorKind::Unavailable, "fetch.timeout", "net/http: TLS handshake timeout");
        TRY(std::move(waited));
        continue;
      }
      const unsigned long error = ERR_peek_error();
      if (SSL_get_verify_result(ssl_.get()) != X509_V_OK && ERR_GET_REASON(error) == SSL_R_CERTIFICATE_VERIFY_FAILED) return tls_error(verify_words(ssl_.get(), host));
      if (ERR_GET_LIB(error) == ERR_LIB_SSL && (ERR_GET_REASON(error) == SSL_R_WRONG_VERSION_NUMBER || ERR_GET_REASON(error) == SSL_R_HTTP_REQUEST))
        return docker_error(ErrorKind::Unavailable, "fetch.not-tls", "http: server gave HTTP response to HTTPS client");
      if (error == 0) return docker_error(ErrorKind::Unavailable, "fetch.truncated", kind == SSL_ERROR_SYSCALL && errno != 0 ? "read tcp: read: " + go_errno(errno) : "EOF");
      if (ERR_GET_REASON(error) == SSL_R_UNEXPECTED_EOF_WHILE_READING) return docker_error(ErrorKind::Unavailable, "fetch.truncated", "EOF");
      const char* reason = ERR_reason_error_string(error);
      return tls_error("remote error: tls: " + std::string(reason != nullptr ? reason : "handshake failure"));
    }
  }

  Result<size_t> read(std::span<char> buffer, const Patience& patience) override {
    for (;;) {
      ERR_clear_error();
      size_t got = 0;
      if (SSL_read_ex(ssl_.get(), buffer.data(), buffer.size(), &got) == 1) return got;
      const int kind = SSL_get_error(ssl_.get(), 0);
      if (kind == SSL_ERROR_ZERO_RETURN) return size_t{0};
      TRY(go_on(kind, patience));
    }
  }

  Result<void> write(std::string_view bytes, const Patience& patience) override {
    while (!bytes.empty()) {
      ERR_clear_error();
      size_t sent = 0;
      if (SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &sent) == 1) {
        bytes.remove_prefix(sent);
        continue;
      }
      TRY(go_on(SSL_get_error(ssl_.get(), 0), patience));
    }
    return success();
  }

  // Session tickets come unasked: reading them is no harm, bytes of an answer are.
  bool stale() override {
    ERR_clear_error();
    char one = 0;
    size_t got = 0;
    if (SSL_peek_ex(ssl_.get(), &one, 1, &got) == 1) return true;
    const int kind = SSL_get_error(ssl_.get(), 0);
    if (kind != SSL_ERROR_WANT_READ) healthy_ = false;
    return kind != SSL_ERROR_WANT_READ;
  }

 private:
  Result<void> go_on(int kind, const Patience& patience) {
    if (kind == SSL_ERROR_WANT_READ) return wait_until(fd_.get(), Ready::Read, patience);
    if (kind == SSL_ERROR_WANT_WRITE) return wait_until(fd_.get(), Ready::Write, patience);
    healthy_ = false;
    const unsigned long error = ERR_peek_error();
    if (ERR_GET_REASON(error) == SSL_R_UNEXPECTED_EOF_WHILE_READING || error == 0) return docker_error(ErrorKind::Unavailable, "fetch.truncated", "unexpected EOF");
    const char* reason = ERR_reason_error_string(error);
    return tls_error("remote error: tls: " + std::string(reason != nullptr ? reason : "broken connection"));
  }

  UniqueFd fd_;
  SslHandle ssl_;
  bool healthy_ = false;
};

}  // namespace

struct TlsContexts::Context {
  SSL_CTX* raw = nullptr;
  ~Context() { SSL_CTX_free(raw); }
};

TlsContexts::TlsContexts(std::string certs_directory) : certs_directory_(std::move(certs_directory)) {}
TlsContexts::~TlsContexts() = default;

Result<std::shared_ptr<TlsContexts::Context>> TlsContexts::context_for(const Url& url, TlsCheck check) {
  namespace fs = std::filesystem;
  std::error_code error;
  // The folder's name is the registry's as it is written in image names.
  fs::path folder;
  for (const std::string& name : {url.authority(), url.host + ":" + url.port, url.host})
    if (folder.empty() && name.find('/') == std::string::npos && name != "." && name != ".." && fs::is_directory(fs::path(certs_directory_) / name, error) &&
        (name != url.host || url.port == "443"))
      folder = fs::path(certs_directory_) / name;
  const std::lock_guard lock(mutex_);
  auto& shared = check == TlsCheck::Verified ? plain_ : unverified_;
  if (folder.empty() && shared) return shared;
  auto made = std::make_shared<Context>();
  made->raw = SSL_CTX_new(TLS_client_method());
  if (made->raw == nullptr) return tls_error("tls: no context");
  SSL_CTX_set_min_proto_version(made->raw, TLS1_2_VERSION);
  SSL_CTX_set_mode(made->raw, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_verify(made->raw, check == TlsCheck::Verified ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  if (check == TlsCheck::Verified) SSL_CTX_set_default_verify_paths(made->raw);
  ERR_clear_error();
  if (folder.empty()) {
    shared = made;
    return made;
  }
  std::vector<fs::path> files;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) files.push_back(at->path());
  for (const fs::path& file : files) {
    if (file.extension() == ".crt" && SSL_CTX_load_verify_file(made->raw, file.c_str()) != 1)
      return tls_error("failed to load CA certificate " + file.string());
    if (file.extension() == ".cert") {
      fs::path key = file;
      key.replace_extension(".key");
      if (!fs::exists(key, error)) return tls_error("missing key " + key.filename().string() + " for client certificate " + file.filename().string() + ". Note that CA certificates should use the extension .crt");
      if (SSL_CTX_use_certificate_chain_file(made->raw, file.c_str()) != 1 || SSL_CTX_use_PrivateKey_file(made->raw, key.c_str(), SSL_FILETYPE_PEM) != 1)
        return tls_error("failed to load client certificate " + file.string());
    }
  }
  return made;
}

Result<std::unique_ptr<Connection>> TlsContexts::connect(UniqueFd fd, const Url& url, TlsCheck check, const Patience& patience) {
  const auto context = TRY(context_for(url, check));
  SslHandle ssl(SSL_new(context->raw));
  if (!ssl || SSL_set_fd(ssl.get(), fd.get()) != 1) return tls_error("tls: no session");
  if (is_address(url.host)) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl.get()), url.host.c_str());
  } else {
    SSL_set_tlsext_host_name(ssl.get(), url.host.c_str());
    SSL_set1_host(ssl.get(), url.host.c_str());
  }
  std::string names;
  SSL* const session = ssl.get();
  SSL_set_app_data(session, &names);
  if (check == TlsCheck::Verified) SSL_set_verify(session, SSL_VERIFY_PEER, note_names);
  auto tls = std::make_unique<Tls>(std::move(fd), std::move(ssl));
  TRY(tls->shake_hands(url.host, patience));
  SSL_set_app_data(session, nullptr);  // `names` goes
  return std::unique_ptr<Connection>(std::move(tls));
}

DialTls tls_dialer(std::string certs_directory) {
  return [contexts = std::make_shared<TlsContexts>(std::move(certs_directory))](UniqueFd fd, const Url& url, TlsCheck check, const Patience& patience) {
    return contexts->connect(std::move(fd), url, check, patience);
  };
}

}  // namespace strates::http
