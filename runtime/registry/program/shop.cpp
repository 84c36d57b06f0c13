#include "registry/program/shop.hpp"

#include "base/json_full.hpp"
#include "registry/program/program.hpp"
#include "registry/server/manifest_reading.hpp"

namespace strates::registry::server {

namespace {

constexpr std::uint64_t kMostControl = 64 * 1024;

HttpResponse json_answer(const Json& json) { return {200, {{"Content-Type", "application/json"}}, dump_json(json) + "\n"}; }

// The users of a file that may change under the server; when it cannot be read any more, the last ones count.
class UsersFile {
 public:
  explicit UsersFile(std::string path) : path_(std::move(path)) {}
  Result<void> load() {
    bool found = false;
    const std::string text = read_small_file(path_, found);
    if (!found) return make_error(ErrorKind::NotFound, "htpasswd.absent", "read passwords", path_, "there is no such file");
    const std::lock_guard guard(mutex_);
    if (users_ && text == text_) return success();
    users_ = std::make_shared<const Users>(TRY(parse_htpasswd(text)));
    text_ = text;
    return success();
  }
  std::shared_ptr<const Users> users() {
    ignore(load());
    const std::lock_guard guard(mutex_);
    return users_;
  }

 private:
  const std::string path_;
  std::mutex mutex_;
  std::string text_;
  std::shared_ptr<const Users> users_;
};

}  // namespace

std::string control_socket(const std::string& root) { return root + "/control.sock"; }

Shop::~Shop() {
  registry_.reset();
  trusted_.reset();
  mirror_.reset();  // waits for its downloads, which write into what goes next
}

Result<std::unique_ptr<Shop>> Shop::open(const Machine& machine, const ShopOptions& options) {
  std::unique_ptr<Shop> shop(new Shop);
  shop->options_ = options;
  shop->disk_ = TRY(machine.open_disk(options.root));
  shop->contents_ = TRY(Contents::open({shop->disk_->blobs(), shop->disk_->metadata(), machine.hasher, machine.random, machine.clock}));
  shop->shelf_ = std::make_unique<DebianShelf>(shop->disk_->packages(), shop->disk_->metadata(), machine.hasher, machine.clock);
  TRY(shop->shelf_->open());
  if (!options.mirror_url.empty()) {
    shop->upstream_ = TRY(machine.upstream(options.mirror_url, options.mirror_login));
    shop->mirror_ = std::make_unique<Mirror>(*shop->contents_, *shop->upstream_, options.mirror);
  }
  if (!options.htpasswd.empty()) {
    const auto file = std::make_shared<UsersFile>(options.htpasswd);
    TRY(file->load());
    shop->access_ = std::make_unique<Access>(AccessPorts{[file] { return file->users(); }, machine.password_matches, machine.hasher, machine.random, machine.clock}, options.anonymous, options.scheme);
  }
  const auto facts = [root = options.root] {
    bool found = false;
    return read_small_file(root + "/search.json", found);
  };
  shop->registry_ = std::make_unique<Registry>(Parts{*shop->contents_, shop->access_.get(), shop->mirror_.get(), shop->shelf_.get(), facts}, options.registry);
  shop->trusted_ = std::make_unique<Registry>(Parts{*shop->contents_, nullptr, shop->mirror_.get(), shop->shelf_.get(), facts}, options.registry);
  return shop;
}

HttpResponse Shop::control(const HttpRequest& request) {
  const std::string asked = request.method + " " + request.path;
  if (asked == "POST /control/gc") return collect(request);
  if (asked == "PUT /control/manifest") return put_manifest(request);
  if (asked == "PUT /control/debian") return put_package(request);
  if (asked == "GET /control/debian") return packages();
  if (asked == "GET /control/mirror") return json_answer({{"url", options_.mirror_url}});
  return trusted_->handle(request);
}

HttpResponse Shop::collect(const HttpRequest& request) {
  CollectOptions options;
  options.untagged = request.query_bool("untagged") ? Untagged::Remove : Untagged::Keep;
  const auto grace = query_number(request, "grace");
  if (!grace.ok() || grace.value().value_or(0) > 1'000'000'000) return refuse_with_status(400, Code::Unsupported, "grace is a number of seconds");
  if (grace.value()) options.grace = static_cast<Nanos>(*grace.value()) * kSecond;
  for (Registry* one : {registry_.get(), trusted_.get()}) one->uploads().expire(contents_->ports().clock.now());
  const auto report = contents_->collect(options);
  if (!report.ok()) return refuse_failure(report.error());
  const CollectReport& found = report.value();
  return json_answer({{"removedBlobs", found.blobs}, {"removedBytes", found.bytes}, {"removedManifests", found.manifests}, {"keptBlobs", found.kept_blobs}, {"keptBytes", found.kept_bytes}});
}

HttpResponse Shop::put_manifest(const HttpRequest& request) {
  const std::string name = request.query_value("name"), tag = request.query_value("tag");
  if (!is_repository_name(name) || (!tag.empty() && !is_tag(tag))) return refuse(Code::NameInvalid);
  auto source = request.body->open();
  if (!source.ok()) return refuse_failure(source.error());
  const auto bytes = read_all(*source.value(), options_.registry.largest_manifest);
  if (!bytes.ok()) return refuse_failure(bytes.error());
  const auto record = read_manifest(bytes.value(), request.query_value("type"));
  if (!record.ok()) return refuse(Code::ManifestInvalid, record.error().cause);
  // An index's manifests may be missing on purpose: a bundle has one platform. Its own blobs may not.
  ManifestRecord needs = record.value();
  needs.manifests.clear();
  if (const auto missing = contents_->missing(name, needs); !missing.empty()) return refuse_missing(missing);
  const auto digest = contents_->put_manifest(name, tag, record.value(), bytes.value(), Origin::Mirrored, Needs::Nothing);
  return digest.ok() ? json_answer({{"digest", digest.value().str()}}) : refuse_failure(digest.error());
}

HttpResponse Shop::put_package(const HttpRequest& request) {
  const auto length = query_number(request, "control");
  if (!length.ok() || length.value().value_or(0) > kMostControl) return refuse_with_status(400, Code::Unsupported, "the length of the control paragraph is expected");
  auto source = request.body->open();
  if (!source.ok()) return refuse_failure(source.error());
  DebianPackage package{request.query_value("file"), std::string(static_cast<size_t>(length.value().value_or(0)), '\0'), Digest(request.query_value("digest")), 0};
  for (size_t at = 0; at < package.control.size();) {
    const auto count = source.value()->read({package.control.data() + at, package.control.size() - at});
    if (!count.ok()) return refuse_failure(count.error());
    if (count.value() == 0) return refuse_with_status(400, Code::SizeInvalid, "the package is cut short");
    at += count.value();
  }
  const auto kept = shelf_->put(package, *source.value());
  return kept.ok() ? json_answer({{"file", package.file}}) : refuse_failure(kept.error());
}

HttpResponse Shop::packages() {
  Json list = Json::array();
  const auto packages = shelf_->packages();
  for (const auto& package : packages) list.push_back({{"file", package.file}, {"control", package.control}, {"digest", package.digest.str()}, {"size", package.size}});
  return json_answer({{"packages", list}});
}

}  // namespace strates::registry::server
