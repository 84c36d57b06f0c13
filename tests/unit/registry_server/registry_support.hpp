// A registry over a folder in memory, asked by values.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "adapters/openssl_hasher.hpp"
#include "adapters/system_random.hpp"
#include "linux/registry/registry_files.hpp"
#include "linux/storage/sqlite_metadata.hpp"
#include "registry/server/registry.hpp"

namespace strates::registry::server::test {

// A folder in /dev/shm, gone with it.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

class ManualClock : public Clock {
 public:
  Nanos now() override { return at; }
  std::atomic<Nanos> at{1'700'000'000 * kSecond};
};

// The parts of a registry on a folder; opened again, it finds what was kept.
struct Shop {
  explicit Shop(const std::string& root, Options options = {}, std::function<void(Parts&)> more = nullptr);
  HttpResponse ask(const std::string& method, const std::string& target, const std::string& body = {}, HttpHeaders headers = {});

  adapters::OpensslHasher hasher;
  adapters::SystemRandom random;
  ManualClock clock;
  std::unique_ptr<linux_world::RegistryFiles> files;
  std::unique_ptr<linux_world::SqliteMetadata> metadata;
  std::unique_ptr<Contents> contents;
  std::unique_ptr<Registry> registry;
};

std::string digest_of(const std::string& bytes);
// The body, whatever its kind.
std::string body_of(const HttpResponse& response);
std::string header(const HttpResponse& response, const std::string& name);
// The code of the first error.
std::string code_of(const HttpResponse& response);
// Pushes a blob in one request; its digest.
std::string push_blob(Shop& shop, const std::string& name, const std::string& bytes);
// A manifest of a configuration and layers that lie there.
std::string manifest_json(const std::string& config, const std::vector<std::string>& layers, const std::string& more = {});
// Pushes all of an image; the manifest's digest.
std::string push_image(Shop& shop, const std::string& name, const std::string& tag, const std::string& salt = "a");
inline constexpr char kManifestType[] = "application/vnd.oci.image.manifest.v1+json";
inline constexpr char kIndexType[] = "application/vnd.oci.image.index.v1+json";

}  // namespace strates::registry::server::test
