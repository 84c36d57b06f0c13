#include "registry_harness.hpp"

#include <doctest/doctest.h>
#include <httplib.h>
#include <openssl/evp.h>

#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>

#include "tests/system/harness/daemon.hpp"

namespace strates::system_test {

namespace {

constexpr char kManifestType[] = "application/vnd.oci.image.manifest.v1+json";

std::string in_quotes(const std::string& text) { return "'" + text + "'"; }

std::string descriptor(const std::string& type, const std::string& bytes) {
  return "{\"mediaType\":\"" + type + "\",\"digest\":\"" + sha256(bytes) + "\",\"size\":" + std::to_string(bytes.size()) + "}";
}

// Every digest in a manifest.
std::vector<std::string> digests_in(const std::string& text) {
  std::vector<std::string> out;
  for (size_t at = text.find("sha256:"); at != std::string::npos; at = text.find("sha256:", at + 1)) out.push_back(text.substr(at, 71));
  return out;
}

}  // namespace

RegistryServer::RegistryServer(std::string root, std::vector<std::string> more, const std::string& before) : root_(std::move(root)) {
  std::string line = "exec " + in_quotes(program("strates-registry")) + " --lang en registry serve --root " + in_quotes(root_) + " --listen 127.0.0.1:0 --log";
  for (const auto& word : more) line += " " + in_quotes(word);
  // Into a file: a pipe that nobody empties would hold the server up after 64 KiB.
  line += " 2>" + in_quotes(root_ + ".log");
  if (!before.empty()) line = before + " && " + line;
  std::vector<std::string> argv{"/bin/sh", "-c", line};
  if (!before.empty()) argv.insert(argv.begin(), {"unshare", "-m"});
  process_ = Process::start(argv);
  if (!process_.wait_for_output("Ctrl-C stops it")) FAIL("strates-registry did not start: " << process_.out() << log());
  const std::string& out = process_.out();
  const size_t at = out.find("127.0.0.1:");
  port_ = std::stoi(out.substr(at + 10));
}

RegistryServer::~RegistryServer() {
  if (process_.pid() > 0 && process_.running()) process_.signal(SIGKILL);
  process_.wait();
}

std::string RegistryServer::log() { return read_file(root_ + ".log"); }

void RegistryServer::kill9() {
  process_.signal(SIGKILL);
  process_.wait();
}

int RegistryServer::stop() {
  process_.signal(SIGTERM);
  return process_.wait(Milliseconds(15'000)).exit;
}

Result front(std::vector<std::string> words, const std::string& input) {
  words.insert(words.begin(), {program("strates"), "--lang", "en"});
  Options options;
  options.input = input;
  options.limit = Milliseconds(60'000);
  return run(words, options);
}

HttpAnswer http(int port, const std::string& method, const std::string& target, const std::string& body, const std::string& type) {
  httplib::Client client("127.0.0.1", port);
  client.set_read_timeout(60);
  httplib::Request request;
  request.method = method;
  request.path = target;
  request.body = body;
  if (!type.empty()) request.headers.emplace("Content-Type", type);
  const auto answer = client.send(request);
  return answer ? HttpAnswer{answer->status, answer->body, answer->get_header_value("Location")} : HttpAnswer{};
}

std::string sha256(const std::string& bytes) {
  unsigned char raw[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  EVP_Digest(bytes.data(), bytes.size(), raw, &length, EVP_sha256(), nullptr);
  std::string out = "sha256:";
  for (unsigned i = 0; i < length; ++i) {
    out += "0123456789abcdef"[raw[i] >> 4];
    out += "0123456789abcdef"[raw[i] & 15];
  }
  return out;
}

std::string noise(size_t size, unsigned seed) {
  std::mt19937_64 random(seed);
  std::string out(size, '\0');
  for (size_t i = 0; i + 8 <= size; i += 8) {
    const std::uint64_t value = random();
    std::memcpy(out.data() + i, &value, 8);
  }
  return out;
}

int push_image(int port, const std::string& name, const std::string& tag, const std::string& layer) {
  const std::string config = "{\"architecture\":\"amd64\",\"os\":\"linux\",\"of\":\"" + sha256(layer) + "\"}";
  for (const std::string& blob : {config, layer})
    if (const int status = http(port, "POST", "/v2/" + name + "/blobs/uploads/?digest=" + sha256(blob), blob, "application/octet-stream").status; status != 201) return status;
  const std::string manifest = std::string("{\"schemaVersion\":2,\"mediaType\":\"") + kManifestType + "\",\"config\":" + descriptor("application/vnd.oci.image.config.v1+json", config) +
                               ",\"layers\":[" + descriptor("application/vnd.oci.image.layer.v1.tar", layer) + "]}";
  return http(port, "PUT", "/v2/" + name + "/manifests/" + tag, manifest, kManifestType).status;
}

std::string pull_image(int port, const std::string& name, const std::string& tag) {
  const auto manifest = http(port, "GET", "/v2/" + name + "/manifests/" + tag);
  if (manifest.status != 200) return name + ":" + tag + " answers " + std::to_string(manifest.status) + " " + manifest.body;
  for (const auto& digest : digests_in(manifest.body)) {
    const auto blob = http(port, "GET", "/v2/" + name + "/blobs/" + digest);
    if (blob.status != 200) return name + " " + digest + " answers " + std::to_string(blob.status);
    if (sha256(blob.body) != digest) return name + " " + digest + " has other bytes";
  }
  return {};
}

void make_layout(const std::string& directory) {
  namespace fs = std::filesystem;
  fs::create_directories(directory + "/tree/etc");
  fs::create_directories(directory + "/layout/blobs/sha256");
  std::ofstream(directory + "/tree/etc/motd") << "hello\n";
  REQUIRE(run({"tar", "-C", directory + "/tree", "--owner=0", "--group=0", "-czf", directory + "/layer", "."}).exit == 0);
  const std::string layer = read_file(directory + "/layer"), plain = run({"gzip", "-dc", directory + "/layer"}).out;
  const std::string config = "{\"architecture\":\"amd64\",\"os\":\"linux\",\"config\":{},\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"" + sha256(plain) + "\"]}}";
  const std::string manifest = std::string("{\"schemaVersion\":2,\"mediaType\":\"") + kManifestType + "\",\"config\":" + descriptor("application/vnd.oci.image.config.v1+json", config) +
                               ",\"layers\":[" + descriptor("application/vnd.oci.image.layer.v1.tar+gzip", layer) + "]}";
  std::string top = descriptor(kManifestType, manifest);
  top.insert(top.size() - 1, ",\"annotations\":{\"org.opencontainers.image.ref.name\":\"v1\"}");
  for (const std::string& blob : {layer, config, manifest}) std::ofstream(directory + "/layout/blobs/sha256/" + sha256(blob).substr(7), std::ios::binary) << blob;
  std::ofstream(directory + "/layout/oci-layout") << "{\"imageLayoutVersion\":\"1.0.0\"}";
  std::ofstream(directory + "/layout/index.json") << "{\"schemaVersion\":2,\"manifests\":[" << top << "]}";
}

std::vector<std::string> half_blobs(const std::string& root) {
  std::vector<std::string> out;
  for (const auto& name : paths_below(root + "/blobs", 1))
    if (name != "sha256") out.push_back(name);
  return out;
}

std::string why_not_program(const std::string& path) { return std::filesystem::exists(path) ? std::string() : "no " + path; }

}  // namespace strates::system_test
