// Debian packages served as an apt repository of one directory: `deb [trusted=yes] http://HOST/debian ./` (Debian, sources.list(5), "flat repositories").
//
// The shelf holds files and what dpkg says of each; Packages, Packages.gz and Release are made from that. Any thread.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/http.hpp"
#include "engine/ports.hpp"
#include "registry/server/storage.hpp"

namespace strates::registry::server {

struct DebianPackage {
  std::string file;     // "cowsay_3.03+dfsg2-8_all.deb"
  std::string control;  // its control paragraph, without Filename, Size and checksums
  Digest digest;
  std::uint64_t size = 0;
};

// Fields as "Name: value" lines with continuation lines; what an index adds itself is left out. codes debian.control
Result<std::string> clean_control(std::string_view text);
// [A-Za-z0-9][A-Za-z0-9+._~%:-]* and ".deb"
bool is_package_file(std::string_view name);

class DebianShelf {
 public:
  DebianShelf(BlobStore& files, engine::MetadataStore& records, engine::Hasher& hasher, Clock& clock) : files_(files), records_(records), hasher_(hasher), clock_(clock) {}
  // Reads the records. What no record names goes.
  Result<void> open();
  bool has(const std::string& file, const Digest& digest);
  // Keeps the bytes when they have that digest. codes debian.digest, debian.control, debian.name
  Result<void> put(const DebianPackage& package, ByteSource& bytes);
  Result<StoredBlob> file(const std::string& name);
  std::vector<DebianPackage> packages();
  // GET of a file below /debian/: an index, or a package.
  HttpResponse get(const std::string& path);

 private:
  std::string index();
  std::string release();

  BlobStore& files_;
  engine::MetadataStore& records_;
  engine::Hasher& hasher_;
  Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, DebianPackage> packages_;
  Nanos changed_at_ = 0;
};

// A gzip file that holds the bytes as they are (RFC 1952, RFC 1951 3.2.4).
std::string stored_gzip(std::string_view bytes);

}  // namespace strates::registry::server
