#include "registry_support.hpp"

#include <doctest/doctest.h>
#include <stdlib.h>

#include <filesystem>

#include "base/json_full.hpp"

namespace strates::registry::server::test {

Folder::Folder() {
  char name[] = "/dev/shm/strates-registry-XXXXXX";
  REQUIRE(mkdtemp(name) != nullptr);
  path_ = name;
}

Folder::~Folder() { std::filesystem::remove_all(path_); }

Shop::Shop(const std::string& root, Options options, std::function<void(Parts&)> more) {
  auto opened = linux_world::RegistryFiles::open(root, hasher, linux_world::Durability::Process);
  REQUIRE(opened.ok());
  files = std::move(opened).value();
  auto records = linux_world::SqliteMetadata::open(root + "/registry.db");
  REQUIRE(records.ok());
  metadata = std::move(records).value();
  auto made = Contents::open({*files, *metadata, hasher, random, clock});
  REQUIRE(made.ok());
  contents = std::move(made).value();
  Parts parts{*contents, nullptr, nullptr, nullptr, nullptr};
  if (more) more(parts);
  registry = std::make_unique<Registry>(parts, options);
}

HttpResponse Shop::ask(const std::string& method, const std::string& target, const std::string& body, HttpHeaders headers) {
  const size_t question = target.find('?');
  HttpRequest request{method, percent_decode(target.substr(0, question), false), {}, std::move(headers), std::make_shared<StringSpool>(body)};
  if (question != std::string::npos) request.query = parse_query(target.substr(question + 1));
  return registry->handle(request);
}

std::string digest_of(const std::string& bytes) {
  adapters::OpensslHasher hasher;
  return "sha256:" + hasher.sha256_hex(bytes);
}

std::string body_of(const HttpResponse& response) {
  if (const auto* text = std::get_if<std::string>(&response.body)) return *text;
  const auto& source = std::get<HttpSourceBody>(response.body);
  auto bytes = read_all(*source.source, 1 << 30);
  REQUIRE(bytes.ok());
  return bytes.value().substr(0, static_cast<size_t>(source.length.value_or(bytes.value().size())));
}

std::string header(const HttpResponse& response, const std::string& name) { return http_header(response.headers, name).value_or(""); }

std::string code_of(const HttpResponse& response) {
  const auto json = parse_json(body_of(response));
  if (!json.ok() || !json.value().contains("errors") || json.value()["errors"].empty()) return "";
  return json_string(json.value()["errors"][0], "code");
}

std::string push_blob(Shop& shop, const std::string& name, const std::string& bytes) {
  const std::string digest = digest_of(bytes);
  const auto answer = shop.ask("POST", "/v2/" + name + "/blobs/uploads/?digest=" + digest, bytes);
  CHECK(answer.status == 201);
  return digest;
}

std::string manifest_json(const std::string& config, const std::vector<std::string>& layers, const std::string& more) {
  const auto descriptor = [](const std::string& type, const std::string& bytes) {
    return "{\"mediaType\":\"" + type + "\",\"digest\":\"" + digest_of(bytes) + "\",\"size\":" + std::to_string(bytes.size()) + "}";
  };
  std::string list;
  for (const auto& layer : layers) list += (list.empty() ? "" : ",") + descriptor("application/vnd.oci.image.layer.v1.tar+gzip", layer);
  return "{\"schemaVersion\":2,\"mediaType\":\"" + std::string(kManifestType) + "\",\"config\":" + descriptor("application/vnd.oci.image.config.v1+json", config) + ",\"layers\":[" + list +
         "]" + more + "}";
}

std::string push_image(Shop& shop, const std::string& name, const std::string& tag, const std::string& salt) {
  const std::string config = "{\"salt\":\"" + salt + "\"}", layer = "layer of " + salt;
  push_blob(shop, name, config);
  push_blob(shop, name, layer);
  const std::string manifest = manifest_json(config, {layer});
  const auto answer = shop.ask("PUT", "/v2/" + name + "/manifests/" + tag, manifest, {{"Content-Type", kManifestType}});
  CHECK(answer.status == 201);
  return digest_of(manifest);
}

}  // namespace strates::registry::server::test
