#include "registry/program/link.hpp"

#include "api/client.hpp"
#include "base/byte_sources.hpp"
#include "base/json_full.hpp"

namespace strates::registry::server {

namespace {

constexpr std::uint64_t kMostText = 64 << 20;

// A source as a body: read once.
class OnceSpool : public Spool {
 public:
  explicit OnceSpool(ByteSource& source) : source_(source) {}
  Result<std::unique_ptr<ByteSource>> open() override { return std::unique_ptr<ByteSource>(std::make_unique<BorrowedSource>(source_)); }
  std::uint64_t size() const override { return 0; }

 private:
  ByteSource& source_;
};

class DirectLink : public Link {
 public:
  explicit DirectLink(std::unique_ptr<Shop> shop) : shop_(std::move(shop)) {}
  Result<LinkAnswer> call(const LinkRequest& request, ByteSink* to) override {
    const size_t question = request.target.find('?');
    HttpRequest asked{request.method, percent_decode(request.target.substr(0, question), false), {}, request.headers, nullptr};
    if (question != std::string::npos) asked.query = parse_query(request.target.substr(question + 1));
    if (request.body != nullptr) asked.body = std::make_shared<OnceSpool>(*request.body);
    else asked.body = std::make_shared<StringSpool>("");
    HttpResponse response = shop_->control(asked);
    LinkAnswer answer{response.status, response.headers, {}};
    if (auto* text = std::get_if<std::string>(&response.body)) {
      if (to != nullptr && answer.ok()) TRY(to->write(*text));
      else answer.text = std::move(*text);
    } else if (const auto* source = std::get_if<HttpSourceBody>(&response.body); source != nullptr && request.method != "HEAD") {
      if (to != nullptr && answer.ok()) TRY(copy_stream(*source->source, *to));
      else answer.text = TRY(read_all(*source->source, kMostText));
    }
    return answer;
  }

 private:
  std::unique_ptr<Shop> shop_;
};

class SocketLink : public Link {
 public:
  explicit SocketLink(std::unique_ptr<api::Transport> transport) : transport_(std::move(transport)) {}
  Result<LinkAnswer> call(const LinkRequest& request, ByteSink* to) override {
    api::ClientRequest asked;
    asked.method = request.method;
    asked.target = request.target;
    asked.headers = request.headers;
    asked.body_source = request.body;
    auto response = TRY(transport_->send(asked));
    LinkAnswer answer{response.status, response.headers, {}};
    if (request.method == "HEAD") return answer;
    for (;;) {
      const std::string piece = TRY(response.stream->read());
      if (piece.empty()) return answer;
      if (to != nullptr && answer.ok()) TRY(to->write(piece));
      else if (answer.text.size() + piece.size() > kMostText) return make_error(ErrorKind::Invalid, "registry.answer", "read", request.target, "the answer is too large");
      else answer.text += piece;
    }
  }

 private:
  std::unique_ptr<api::Transport> transport_;
};

}  // namespace

Error link_error(const LinkAnswer& answer, const std::string& object) {
  std::string why = "status " + std::to_string(answer.status);
  if (const auto json = parse_json(answer.text); json.ok()) {
    const Json& errors = json_member(json.value(), "errors");
    if (errors.is_array() && !errors.empty()) why = json_string(errors[0], "message");
  }
  return make_error(kind_of_status(answer.status), "registry.refused", "ask the registry for", object, why);
}

Result<Json> Link::json(const LinkRequest& request) {
  const LinkAnswer answer = TRY(call(request));
  if (!answer.ok()) return link_error(answer, request.target.substr(0, request.target.find('?')));
  return parse_json(answer.text, {.bytes = kMostText});
}

Result<std::unique_ptr<Link>> open_link(const Machine& machine, const ShopOptions& options) {
  auto shop = Shop::open(machine, options);
  if (shop.ok()) return std::unique_ptr<Link>(std::make_unique<DirectLink>(std::move(shop).value()));
  if (shop.error().code != "daemon.root-in-use" && shop.error().code != "metadata.locked") return std::move(shop).error();
  auto link = std::make_unique<SocketLink>(api::unix_transport(control_socket(options.root)));
  if (auto there = link->call({"GET", "/v2/", {}, nullptr}, nullptr); !there.ok() || there.value().status != 200)
    return make_error(ErrorKind::Conflict, "registry.busy", "open registry", options.root, "another process holds it", "wait until it is done");
  return std::unique_ptr<Link>(std::move(link));
}

}  // namespace strates::registry::server
