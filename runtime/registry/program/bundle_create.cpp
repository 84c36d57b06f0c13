// strates bundle create
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <set>

#include "base/json_full.hpp"
#include "base/sizes.hpp"
#include "base/strings.hpp"
#include "base/text.hpp"
#include "cli/file_source.hpp"
#include "image/manifest.hpp"
#include "image/tar_header.hpp"
#include "registry/client/places.hpp"
#include "registry/program/bundle.hpp"
#include "registry/program/interruption.hpp"
#include "registry/program/program.hpp"
#include "registry/program/progress.hpp"

namespace strates::registry::server {

namespace {

using cli::bool_flag;
using cli::list_flag;
using cli::text_flag;

constexpr cli::FlagSpec kFlags[] = {text_flag("root", 0, ""), text_flag("mirror", 0, ""), bool_flag("mirror-login", 0, ""), list_flag("package", 0, ""), list_flag("deb", 0, ""), text_flag("images", 0, ""), text_flag("platform", 0, ""), bool_flag("json", 0, "")};

// A folder that goes with its object.
class Scratch {
 public:
  static Result<Scratch> make() {
    const char* where = std::getenv("TMPDIR");
    std::string name = std::string(where == nullptr || *where == '\0' ? "/tmp" : where) + "/strates-bundle-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) return system_error("make directory", name, errno);
    Scratch out;
    out.path_ = name;
    return out;
  }
  Scratch(Scratch&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  Scratch& operator=(Scratch&&) = delete;
  ~Scratch() {
    std::error_code error;
    if (!path_.empty()) std::filesystem::remove_all(path_, error);
  }
  const std::string& path() const { return path_; }

 private:
  Scratch() = default;
  std::string path_;
};

// Writes a tar whose entries' sizes are known before their bytes.
class TarFile : public ByteSink {
 public:
  TarFile(const UniqueFd& file, std::string path) : file_(file), path_(std::move(path)) {}
  Result<void> begin(const std::string& name, std::uint64_t size) {
    image::LayerEntry entry;
    entry.path = name;
    entry.meta.size = size;
    left_ = size;
    padding_ = image::tar_padding(size);
    return put(image::tar_header(entry, 0));
  }
  Result<void> write(std::string_view bytes) override {
    if (bytes.size() > left_) return make_error(ErrorKind::Invalid, "bundle.size", "write", path_, "more bytes than were announced");
    left_ -= bytes.size();
    return put(bytes);
  }
  Result<void> end() {
    if (left_ != 0) return make_error(ErrorKind::Invalid, "bundle.size", "write", path_, "fewer bytes than were announced");
    return put(std::string(padding_, '\0'));
  }
  Result<void> text(const std::string& name, std::string_view bytes) {
    TRY(begin(name, bytes.size()));
    TRY(write(bytes));
    return end();
  }
  Result<void> finish() { return put(std::string(2 * image::kTarBlock, '\0')); }
  std::uint64_t total() const { return total_; }

 private:
  Result<void> put(std::string_view bytes) {
    total_ += bytes.size();
    return cli::write_all(file_, bytes, path_);
  }
  const UniqueFd& file_;
  std::string path_;
  std::uint64_t left_ = 0, total_ = 0;
  size_t padding_ = 0;
};

std::string blob_path(const std::string& digest) { return "blobs/sha256/" + digest.substr(7); }

Result<std::uint64_t> write_bundle(Link* link, const BundleContents& contents, const std::vector<PackageFile>& packages, const std::string& partial, const Call& call, const cli::ParsedFlags& flags) {
  UniqueFd file(::open(partial.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!file) return system_error("create", partial, errno);
  TarFile tar(file, partial);
  TRY(tar.text(std::string(kBundleTable), bundle_table(contents)));
  TRY(tar.text("oci-layout", image::image_layout_bytes()));
  TRY(tar.text("index.json", bundle_index(contents)));
  std::set<std::string> written;
  for (const auto& image : contents.images) {
    say(call, flags, tr(Text::BundleImage, image.reference, image.parts.parts.back().digest));
    for (const ImagePart& part : image.parts.parts) {
      if (!written.insert(part.digest).second) continue;
      if (part.is_manifest) {
        TRY(tar.text(blob_path(part.digest), part.bytes));
        continue;
      }
      TRY(tar.begin(blob_path(part.digest), part.size));
      Progress progress(call.console, part.size, &tar);
      const LinkAnswer answer = TRY(link->call({"GET", "/v2/" + image.parts.name + "/blobs/" + part.digest, {}, nullptr}, &progress));
      if (!answer.ok()) return link_error(answer, part.digest);
      TRY(tar.end());
    }
  }
  for (const auto& package : packages) {
    TRY(tar.begin("debian/" + package.package.file, package.package.size));
    auto source = TRY(cli::FileSource::open(package.path));
    TRY(copy_stream(source, tar));
    TRY(tar.end());
  }
  TRY(tar.finish());
  if (::fsync(file.get()) != 0) return system_error("sync", partial, errno);
  return tar.total();
}

}  // namespace

Result<int> bundle_create_command(const Call& call) {
  const auto read = TRY(read_flags(call, kFlags, "strates bundle create FILE [IMAGE...] [--package NAME...]", Text::BundleCreateHelp));
  if (!read) return 0;
  if (read->arguments.empty()) return usage_error(tr(Text::RegistryOneFile));
  const std::string target = read->arguments[0], partial = target + ".strates-part";
  std::vector<std::string> images(read->arguments.begin() + 1, read->arguments.end());
  if (const std::string list = read->text("images"); !list.empty()) {
    bool found = false;
    const auto more = read_image_list(read_small_file(list, found));
    if (!found) return make_error(ErrorKind::NotFound, "registry.list", "read", list, tr(Text::RegistryNoFile));
    images.insert(images.end(), more.begin(), more.end());
  }
  const auto names = read->list("package");
  auto debs = read->list("deb");
  if (images.empty() && names.empty() && debs.empty()) return usage_error(tr(Text::BundleNothing));
  Interruption interruption(call.console, Text::RegistryInterrupted);
  const Scratch scratch = TRY(Scratch::make());
  interruption.remove_at_end(scratch.path());
  interruption.remove_at_end(partial);
  if (!names.empty()) {
    const auto downloaded = TRY(download_packages(names, scratch.path() + "/debian", call.console));
    debs.insert(debs.end(), downloaded.begin(), downloaded.end());
  }
  BundleContents contents;
  std::vector<PackageFile> packages;
  for (const std::string& path : debs) {
    packages.push_back(TRY(read_package(path, call.machine.hasher)));
    contents.packages.push_back(packages.back().package);
  }
  std::unique_ptr<Link> link;
  if (!images.empty()) {
    ShopOptions options;
    options.root = root_of(*read);
    TRY(read_mirror(*read, std::string(kHubName), options));
    link = TRY(open_link(call.machine, options));
  }
  const std::string architecture = read->text("platform").empty() ? this_architecture() : base_name(read->text("platform"));
  for (const std::string& image : images) contents.images.push_back({image, TRY(find_image(*link, image, architecture))});
  const auto written = write_bundle(link.get(), contents, packages, partial, call, *read);
  if (!written.ok() || ::rename(partial.c_str(), target.c_str()) != 0) {
    const int number = errno;
    ::unlink(partial.c_str());
    return written.ok() ? system_error("rename", target, number) : written.error();
  }
  if (read->boolean("json")) call.console.out(dump_json(Json{{"file", target}, {"images", contents.images.size()}, {"packages", packages.size()}, {"bytes", written.value()}}) + "\n");
  else call.console.out(tr(Text::BundleMade, target, contents.images.size(), packages.size(), told_size(written.value())) + "\n");
  return 0;
}

}  // namespace strates::registry::server
