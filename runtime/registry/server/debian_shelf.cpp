#include "registry/server/debian_shelf.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <set>

#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "registry/server/errors.hpp"

namespace strates::registry::server {

namespace {

constexpr std::string_view kBucket = "registry-debian";
constexpr size_t kLongestControl = 64 * 1024;
constexpr std::string_view kOurs[] = {"filename", "size", "sha256", "sha1", "md5sum", "sha512", "status"};

std::uint32_t crc32(std::string_view bytes) {
  static const auto kTable = [] {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < 256; ++i) {
      std::uint32_t value = i;
      for (int bit = 0; bit < 8; ++bit) value = (value & 1) != 0 ? 0xedb88320U ^ (value >> 1) : value >> 1;
      table[i] = value;
    }
    return table;
  }();
  std::uint32_t crc = 0xffffffffU;
  for (const char c : bytes) crc = kTable[(crc ^ static_cast<unsigned char>(c)) & 0xff] ^ (crc >> 8);
  return crc ^ 0xffffffffU;
}

void put_little(std::string& out, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 0xff);
}

// RFC 5322, as apt reads "Date" of Release.
std::string release_date(Nanos at) {
  static constexpr std::string_view kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t seconds = at / kSecond;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char time[16];
  std::strftime(time, sizeof time, "%H:%M:%S", &parts);
  return std::string(kDays[parts.tm_wday]) + ", " + (parts.tm_mday < 10 ? "0" : "") + std::to_string(parts.tm_mday) + " " + std::string(kMonths[parts.tm_mon]) + " " +
         std::to_string(parts.tm_year + 1900) + " " + time + " UTC";
}

Error refused(std::string_view code, std::string_view object, std::string_view why) { return make_error(ErrorKind::Invalid, code, "keep package", object, why); }

HttpResponse text_answer(std::string bytes, std::string_view type = "text/plain; charset=utf-8") { return {200, {{"Content-Type", std::string(type)}}, std::move(bytes)}; }

}  // namespace

std::string stored_gzip(std::string_view bytes) {
  constexpr size_t kBlock = 65535;
  std::string out("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", 10);
  const std::string_view all = bytes;
  do {
    const std::string_view block = bytes.substr(0, kBlock);
    bytes.remove_prefix(block.size());
    out += bytes.empty() ? '\x01' : '\x00';
    put_little(out, block.size(), 2);
    put_little(out, ~block.size() & 0xffff, 2);
    out += block;
  } while (!bytes.empty());
  put_little(out, crc32(all), 4);
  put_little(out, all.size() & 0xffffffffU, 4);
  return out;
}

bool is_package_file(std::string_view name) {
  if (name.size() < 5 || name.size() > 255 || !name.ends_with(".deb")) return false;
  for (size_t i = 0; i < name.size(); ++i) {
    const auto c = static_cast<unsigned char>(name[i]);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!plain && (i == 0 || std::string_view("+._~%:-").find(name[i]) == std::string_view::npos)) return false;
  }
  return true;
}

Result<std::string> clean_control(std::string_view text) {
  if (text.size() > kLongestControl) return refused("debian.control", "", "the control paragraph is too long");
  std::string out;
  bool skipping = false;
  std::set<std::string> names;
  const auto lines = split_lines(text);
  for (const std::string& line : lines) {
    if (trim(line).empty()) continue;
    if (line[0] == ' ' || line[0] == '\t') {
      if (!skipping && !out.empty()) out += line + "\n";
      continue;
    }
    const size_t colon = line.find(':');
    const std::string name = to_lower(line.substr(0, colon));
    if (colon == std::string::npos || colon == 0 || name.find_first_of(" \t\r") != std::string::npos) return refused("debian.control", line.substr(0, 60), "not a field");
    skipping = std::find(std::begin(kOurs), std::end(kOurs), name) != std::end(kOurs);
    if (!names.insert(name).second) return refused("debian.control", name, "a field twice");
    if (!skipping) out += line + "\n";
  }
  if (!names.contains("package") || !names.contains("version") || !names.contains("architecture")) return refused("debian.control", "", "Package, Version and Architecture are needed");
  return out;
}

Result<void> DebianShelf::open() {
  const auto rows = TRY(records_.list(kBucket));
  std::map<Digest, bool> named;
  for (const auto& [file, value] : rows) {
    const Json json = TRY(parse_json(value));
    const DebianPackage package{file, json_string(json, "control"), Digest(json_string(json, "digest")), static_cast<std::uint64_t>(json_int(json, "size"))};
    changed_at_ = std::max(changed_at_, json_int(json, "at"));
    named[package.digest] = true;
    packages_[file] = package;
  }
  const auto blobs = TRY(files_.list());
  for (const Digest& digest : blobs)
    if (!named.contains(digest)) TRY(files_.remove(digest));
  return success();
}

bool DebianShelf::has(const std::string& file, const Digest& digest) {
  const std::lock_guard guard(mutex_);
  const auto found = packages_.find(file);
  return found != packages_.end() && found->second.digest == digest && files_.size(digest);
}

Result<void> DebianShelf::put(const DebianPackage& package, ByteSource& bytes) {
  if (!is_package_file(package.file)) return refused("debian.name", package.file.substr(0, 100), "not the name of a package's file");
  DebianPackage kept = package;
  kept.control = TRY(clean_control(package.control));
  auto incoming = TRY(files_.create());
  kept.size = TRY(copy_stream(bytes, *incoming));
  kept.digest = TRY(incoming->seal());
  if (kept.digest != package.digest) return refused("debian.digest", package.file, "its bytes have digest " + kept.digest.str());
  const std::lock_guard guard(mutex_);
  TRY(incoming->keep());
  changed_at_ = clock_.now();
  const Json json = {{"control", kept.control}, {"digest", kept.digest.str()}, {"size", kept.size}, {"at", changed_at_}};
  const auto before = packages_.find(kept.file);
  const Digest old = before == packages_.end() ? Digest() : before->second.digest;
  TRY(records_.commit({{std::string(kBucket), kept.file, dump_json(json)}}));
  packages_[kept.file] = kept;
  // What it replaces goes, unless another name has the same bytes.
  const bool used = std::any_of(packages_.begin(), packages_.end(), [&](const auto& entry) { return entry.second.digest == old; });
  if (!old.str().empty() && !used) ignore(files_.remove(old));
  return success();
}

Result<StoredBlob> DebianShelf::file(const std::string& name) {
  Digest digest;
  {
    const std::lock_guard guard(mutex_);
    const auto found = packages_.find(name);
    if (found == packages_.end()) return make_error(ErrorKind::NotFound, "debian.not-found", "open package", name, "it is not on this shelf");
    digest = found->second.digest;
  }
  return files_.open(digest, 0);
}

std::vector<DebianPackage> DebianShelf::packages() {
  const std::lock_guard guard(mutex_);
  std::vector<DebianPackage> out;
  for (const auto& [file, package] : packages_) out.push_back(package);
  return out;
}

std::string DebianShelf::index() {
  std::string out;
  for (const auto& [file, package] : packages_)
    out += package.control + "Filename: ./" + file + "\nSize: " + std::to_string(package.size) + "\nSHA256: " + package.digest.str().substr(7) + "\n\n";
  return out;
}

std::string DebianShelf::release() {
  const std::string plain = index(), packed = stored_gzip(plain);
  std::string out = "Origin: Strates\nLabel: Strates\nSuite: stable\nDate: " + release_date(changed_at_) + "\nSHA256:\n";
  for (const auto& [name, bytes] : {std::pair<std::string_view, const std::string&>{"Packages", plain}, {"Packages.gz", packed}})
    out += " " + hasher_.sha256_hex(bytes) + " " + std::to_string(bytes.size()) + " " + std::string(name) + "\n";
  return out;
}

HttpResponse DebianShelf::get(const std::string& path) {
  {
    const std::lock_guard guard(mutex_);
    if (path == "Packages") return text_answer(index());
    if (path == "Packages.gz") return text_answer(stored_gzip(index()), "application/gzip");
    if (path == "Release") return text_answer(release());
  }
  auto found = file(path);
  if (!found.ok()) return refuse_with_status(404, Code::Unsupported, "no such file");
  const std::uint64_t size = found.value().size;
  return {200, {{"Content-Type", "application/vnd.debian.binary-package"}}, HttpSourceBody{std::move(found.value().source), size, std::move(found.value().file), 0}};
}

}  // namespace strates::registry::server
