#include "tests/fuzz/registry_target.hpp"

#include <stdlib.h>

#include <filesystem>
#include <memory>

#include "adapters/openssl_hasher.hpp"
#include "adapters/system_clock.hpp"
#include "adapters/system_random.hpp"
#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "http/server/request_head.hpp"
#include "linux/registry/registry_files.hpp"
#include "linux/storage/sqlite_metadata.hpp"
#include "registry/server/registry.hpp"

namespace strates::fuzz {

namespace {

using namespace registry::server;

constexpr char kBetween = '\x1e';
constexpr int kInputsAShop = 2000;  // then an empty folder again

// Gone with the process, and every few thousand inputs.
struct Shop {
  Shop() {
    char name[] = "/dev/shm/strates-fuzz-XXXXXX";
    root = mkdtemp(name) == nullptr ? "/tmp/strates-fuzz" : name;
    auto opened = linux_world::RegistryFiles::open(root, hasher, linux_world::Durability::Process);
    auto records = linux_world::SqliteMetadata::open(root + "/registry.db");
    if (!opened.ok() || !records.ok()) return;
    files = std::move(opened).value();
    metadata = std::move(records).value();
    auto made = Contents::open({*files, *metadata, hasher, random, clock});
    if (!made.ok()) return;
    contents = std::move(made).value();
    Options options;
    options.largest_blob = 1 << 20;
    options.largest_manifest = 1 << 16;
    registry = std::make_unique<Registry>(Parts{*contents, nullptr, nullptr, nullptr, nullptr}, options);
  }
  ~Shop() {
    registry.reset();
    contents.reset();
    metadata.reset();
    files.reset();
    std::error_code error;
    std::filesystem::remove_all(root, error);
  }

  std::string root;
  adapters::OpensslHasher hasher;
  adapters::SystemRandom random;
  adapters::SystemClock clock;
  std::unique_ptr<linux_world::RegistryFiles> files;
  std::unique_ptr<linux_world::SqliteMetadata> metadata;
  std::unique_ptr<Contents> contents;
  std::unique_ptr<Registry> registry;
  int inputs = 0;
};

// What an answer promises must be so.
bool is_sound(const HttpRequest& request, const HttpResponse& response) {
  if (response.status < 200 || response.status > 599 || response.status == 500) return false;
  if (response.status >= 400) {
    const auto json = parse_json(std::get<std::string>(response.body));
    return json.ok() && json.value()["errors"].is_array() && !json.value()["errors"].empty() && !json_string(json.value()["errors"][0], "code").empty();
  }
  if (response.status == 206 && !http_header(response.headers, "Content-Range")) return false;
  if (const auto* source = std::get_if<HttpSourceBody>(&response.body); source != nullptr && request.method == "GET") {
    const auto bytes = read_all(*source->source, 1 << 21);
    return bytes.ok() && source->length && bytes.value().size() >= *source->length;
  }
  return true;
}

std::string request_of(const std::string& line, const std::string& headers, const std::string& body) {
  return line + " HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n" + body;
}

}  // namespace

bool read_registry_requests(std::string_view bytes) {
  static std::unique_ptr<Shop> shop;
  if (!shop || ++shop->inputs > kInputsAShop) shop = std::make_unique<Shop>();
  if (!shop->registry) return false;
  std::string location = "/v2/a/blobs/uploads/none";
  const auto parts = split(bytes.substr(0, 1 << 16), kBetween);
  for (const std::string& part : parts) {
    const std::string text = replace_all(part, "{L}", location);
    const size_t end = text.find("\r\n\r\n");
    if (end == std::string::npos) continue;
    auto parsed = http::parse_request_head(std::string_view(text).substr(0, end + 2));
    auto* head = std::get_if<http::RequestHead>(&parsed);
    if (head == nullptr) continue;
    const HttpRequest request{head->method, head->path, head->query, head->headers, std::make_shared<StringSpool>(text.substr(end + 4))};
    const HttpResponse response = shop->registry->handle(request);
    if (!is_sound(request, response)) return false;
    if (const auto at = http_header(response.headers, "Location"); at && at->find("/uploads/") != std::string::npos) location = *at;
  }
  // No manifest without what it needs, whatever was asked.
  const auto repositories = shop->contents->records().all();
  for (const auto& [name, repository] : repositories)
    for (const auto& [digest, record] : repository.manifests) {
      ManifestRecord needs = record;
      needs.manifests.clear();  // an index's manifests may be deleted
      if (!shop->contents->missing(name, needs).empty()) return false;
    }
  return true;
}

std::vector<std::string> registry_requests() {
  adapters::OpensslHasher hasher;
  const auto digest = [&](const std::string& text) { return "sha256:" + hasher.sha256_hex(text); };
  const std::string between(1, kBetween), type = "application/vnd.oci.image.manifest.v1+json";
  const std::string manifest = R"({"schemaVersion":2,"mediaType":")" + type + R"(","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":")" + digest("{}") +
                               R"(","size":2},"layers":[]})";
  const std::string push = request_of("POST /v2/a/blobs/uploads/?digest=" + digest("{}"), "", "{}");
  return {
      push + between + request_of("PUT /v2/a/manifests/v1", "Content-Type: " + type + "\r\n", manifest) + between + request_of("GET /v2/a/manifests/v1", "", "") + between +
          request_of("GET /v2/a/tags/list?n=1&last=a", "", "") + between + request_of("DELETE /v2/a/blobs/" + digest("{}"), "", "") + between + request_of("DELETE /v2/a/manifests/v1", "", ""),
      request_of("POST /v2/a/b/blobs/uploads/", "", "") + between + request_of("PATCH {L}", "Content-Range: 0-2\r\n", "abc") + between + request_of("GET {L}", "", "") + between +
          request_of("PUT {L}?digest=" + digest("abcd"), "Content-Range: 3-3\r\n", "d") + between + request_of("GET /v2/a/b/blobs/" + digest("abcd"), "Range: bytes=1-2\r\n", ""),
      push + between + request_of("POST /v2/c/blobs/uploads/?mount=" + digest("{}") + "&from=a", "", "") + between + request_of("HEAD /v2/c/blobs/" + digest("{}"), "", "") + between +
          request_of("GET /v2/a/referrers/" + digest("x") + "?artifactType=a%2Fb", "", "") + between + request_of("GET /v2/_catalog?n=2", "", "") + between + request_of("GET /v1/search?q=a&n=3", "", ""),
  };
}

}  // namespace strates::fuzz
