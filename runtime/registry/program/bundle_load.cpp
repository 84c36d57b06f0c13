// strates bundle ls, load
#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "base/byte_sources.hpp"
#include "base/json_full.hpp"
#include "base/sizes.hpp"
#include "base/strings.hpp"
#include "base/text.hpp"
#include "cli/file_source.hpp"
#include "image/tar_reader.hpp"
#include "registry/program/bundle.hpp"
#include "registry/program/interruption.hpp"
#include "registry/program/program.hpp"
#include "registry/program/progress.hpp"

namespace strates::registry::server {

namespace {

using cli::bool_flag;
using cli::text_flag;

constexpr cli::FlagSpec kListFlags[] = {bool_flag("json", 0, "")};
constexpr cli::FlagSpec kLoadFlags[] = {text_flag("root", 0, ""), bool_flag("json", 0, "")};
constexpr std::uint64_t kMostManifest = 4 << 20;

Error damaged(std::string_view object, std::string_view why) {
  return make_error(ErrorKind::Invalid, "bundle.damaged", "load", object, why, "copy the file again; what is loaded already stays");
}

Result<BundleContents> read_table(image::TarReader& tar) {
  auto entry = tar.next();
  if (!entry.ok() || !entry.value() || entry.value()->path != kBundleTable)
    return make_error(ErrorKind::Invalid, "bundle.syntax", "read", "bundle", "this is no file of `strates bundle create`");
  return parse_bundle_table(TRY(read_all(*TRY(tar.content()), kMostTable)));
}

// A text, then other bytes.
class Prefixed : public ByteSource {
 public:
  Prefixed(std::string first, ByteSource& then) : first_(std::move(first)), then_(then) {}
  Result<size_t> read(std::span<char> buffer) override {
    const size_t count = TRY(first_.read(buffer));
    return count > 0 ? Result<size_t>(count) : then_.read(buffer);
  }

 private:
  StringSource first_;
  ByteSource& then_;
};

// Remembers that the file itself could not be read on: the registry only sees a body that ends.
class Watched : public ByteSource {
 public:
  explicit Watched(ByteSource& from) : from_(from) {}
  Result<size_t> read(std::span<char> buffer) override {
    auto count = from_.read(buffer);
    if (!count.ok()) why_ = count.error().cause;
    return count;
  }
  const std::string& why() const { return why_; }

 private:
  ByteSource& from_;
  std::string why_;
};

class Loading {
 public:
  Loading(Link& link, const BundleContents& contents, const Call& call, const cli::ParsedFlags& flags) : link_(link), contents_(contents), call_(call), flags_(flags) {
    for (const auto& image : contents.images)
      for (const auto& part : image.parts.parts) {
        if (part.is_manifest) manifests_[part.digest];
        else if (auto& users = users_[part.digest]; std::find(users.begin(), users.end(), image.parts.name) == users.end()) users.push_back(image.parts.name);
      }
    for (const auto& package : contents.packages) packages_["debian/" + package.file] = &package;
  }

  Result<void> run(image::TarReader& tar) {
    TRY(known_packages());
    for (;;) {
      auto entry = tar.next();
      if (!entry.ok()) return damaged("bundle", entry.error().cause);
      if (!entry.value()) break;
      TRY(take(entry.value()->path, tar));
    }
    for (const auto& [digest, users] : users_)
      if (!seen_.contains(digest)) return damaged(digest, "it is not in the file");
    for (const auto& [path, package] : packages_)
      if (!seen_.contains(path)) return damaged(path, "it is not in the file");
    for (const auto& image : contents_.images) TRY(finish(image));
    return success();
  }
  int copied() const { return copied_; }
  int already() const { return already_; }

 private:
  Result<void> known_packages() {
    const Json json = TRY(link_.json({"GET", "/control/debian", {}, nullptr}));
    const Json& list = json_member(json, "packages");
    if (list.is_array())
      for (const auto& package : list) there_.insert(json_string(package, "file") + " " + json_string(package, "digest"));
    return success();
  }

  Result<void> take(const std::string& path, image::TarReader& tar) {
    if (const auto package = packages_.find(path); package != packages_.end()) return take_package(path, *package->second, *TRY(tar.content()));
    if (!path.starts_with("blobs/sha256/")) return success();
    const std::string digest = "sha256:" + path.substr(13);
    if (const auto manifest = manifests_.find(digest); manifest != manifests_.end()) {
      auto bytes = read_all(*TRY(tar.content()), kMostManifest);
      if (!bytes.ok()) return damaged(digest, bytes.error().cause);
      manifest->second = std::move(bytes).value();
      return success();
    }
    const auto users = users_.find(digest);
    return users == users_.end() ? success() : take_blob(digest, users->second, *TRY(tar.content()));
  }

  Result<void> take_package(const std::string& path, const DebianPackage& package, ByteSource& bytes) {
    seen_.insert(path);
    if (there_.contains(package.file + " " + package.digest.str())) {
      ++already_;
      return success();
    }
    Watched watched(bytes);
    Prefixed body(package.control, watched);
    auto called = link_.call({"PUT",
                                              "/control/debian?file=" + percent_encode(package.file) + "&digest=" + percent_encode(package.digest.str()) +
                                                  "&control=" + std::to_string(package.control.size()),
                                              {},
                                              &body});
    if (!watched.why().empty()) return damaged(path, watched.why());
    const LinkAnswer answer = TRY(std::move(called));
    if (!answer.ok()) return link_error(answer, package.file);
    ++copied_;
    return success();
  }

  Result<bool> has(const std::string& name, const std::string& digest) {
    return TRY(link_.call({"HEAD", "/v2/" + name + "/blobs/" + digest, {}, nullptr})).status == 200;
  }

  Result<void> take_blob(const std::string& digest, const std::vector<std::string>& users, ByteSource& bytes) {
    seen_.insert(digest);
    if (TRY(has(users[0], digest))) {
      ++already_;
    } else {
      Watched watched(bytes);
      auto called = link_.call({"POST", "/v2/" + users[0] + "/blobs/uploads/?digest=" + percent_encode(digest), {}, &watched});
      if (!watched.why().empty()) return damaged(digest, watched.why());
      const LinkAnswer answer = TRY(std::move(called));
      if (answer.status != 201) return link_error(answer, digest);
      ++copied_;
    }
    for (size_t i = 1; i < users.size(); ++i) {
      const LinkAnswer answer = TRY(link_.call({"POST", "/v2/" + users[i] + "/blobs/uploads/?mount=" + percent_encode(digest) + "&from=" + percent_encode(users[0]), {}, nullptr}));
      if (answer.status != 201) return link_error(answer, digest);
    }
    return success();
  }

  Result<void> finish(const BundledImage& image) {
    const auto& parts = image.parts.parts;
    for (size_t i = 0; i < parts.size(); ++i) {
      if (!parts[i].is_manifest) continue;
      const std::string& bytes = manifests_[parts[i].digest];
      if (bytes.empty() || "sha256:" + call_.machine.hasher.sha256_hex(bytes) != parts[i].digest) return damaged(parts[i].digest, bytes.empty() ? "it is not in the file" : "its bytes have another digest");
      StringSource source(bytes);
      const std::string tag = i + 1 == parts.size() ? image.parts.tag : "";
      TRY(link_.json({"PUT", "/control/manifest?name=" + percent_encode(image.parts.name) + "&tag=" + percent_encode(tag) + "&type=" + percent_encode(parts[i].media_type), {}, &source}));
    }
    say(call_, flags_, tr(Text::BundleImage, image.reference, parts.back().digest));
    return success();
  }

  Link& link_;
  const BundleContents& contents_;
  const Call& call_;
  const cli::ParsedFlags& flags_;
  std::map<std::string, std::vector<std::string>> users_;  // blob to repositories
  std::map<std::string, std::string> manifests_;           // digest to bytes
  std::map<std::string, const DebianPackage*> packages_;   // path to package
  std::set<std::string> seen_, there_;
  int copied_ = 0, already_ = 0;
};

}  // namespace

Result<int> bundle_list_command(const Call& call) {
  const auto read = TRY(read_flags(call, kListFlags, "strates bundle ls [--json] FILE", Text::BundleListHelp));
  if (!read) return 0;
  if (read->arguments.size() != 1) return usage_error(tr(Text::RegistryOneFile));
  auto file = TRY(cli::FileSource::open(read->arguments[0]));
  image::TarReader tar(file);
  const BundleContents contents = TRY(read_table(tar));
  if (read->boolean("json")) {
    call.console.out(bundle_table(contents));
    return 0;
  }
  for (const auto& image : contents.images) {
    std::uint64_t bytes = 0;
    for (const auto& part : image.parts.parts) bytes += part.size;
    call.console.out(image.parts.name + (image.parts.tag.empty() ? "" : ":" + image.parts.tag) + "  " + image.parts.parts.back().digest + "  " + told_size(bytes) + "\n");
  }
  for (const auto& package : contents.packages) call.console.out(package.file + "  " + told_size(package.size) + "\n");
  return 0;
}

Result<int> bundle_load_command(const Call& call) {
  const auto read = TRY(read_flags(call, kLoadFlags, "strates bundle load [--json] FILE", Text::BundleLoadHelp));
  if (!read) return 0;
  if (read->arguments.size() != 1) return usage_error(tr(Text::RegistryOneFile));
  std::error_code error;
  const auto total = std::filesystem::file_size(read->arguments[0], error);
  Progress progress(call.console, error ? 0 : total);
  CountedSource counted(std::make_unique<cli::FileSource>(TRY(cli::FileSource::open(read->arguments[0]))), [&progress](std::uint64_t done) { progress.advance(done - progress.done()); });
  image::TarReader tar(counted);
  const BundleContents contents = TRY(read_table(tar));
  const Interruption interruption(call.console, Text::RegistryInterruptedKept);
  ShopOptions options;
  options.root = root_of(*read);
  const auto link = TRY(open_link(call.machine, options));
  Loading loading(*link, contents, call, *read);
  TRY(loading.run(tar));
  if (read->boolean("json"))
    call.console.out(dump_json(Json{{"images", contents.images.size()}, {"packages", contents.packages.size()}, {"copied", loading.copied()}, {"already", loading.already()}}) + "\n");
  else call.console.out(tr(Text::BundleLoaded, contents.images.size(), contents.packages.size(), loading.copied(), loading.already()) + "\n");
  return 0;
}

}  // namespace strates::registry::server
