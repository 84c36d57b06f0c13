#include <doctest/doctest.h>

#include <thread>

#include "registry_support.hpp"

using namespace strates;
using namespace strates::registry::server;
using namespace strates::registry::server::test;

namespace {

// Another registry, in memory, that counts what it is asked and can be made to fail.
class OtherRegistry : public Upstream {
 public:
  Result<UpstreamManifest> manifest(const std::string&, const std::string& reference) override {
    ++manifests;
    TRY(answers());
    if (meanwhile) meanwhile();
    const auto found = bytes.find(reference);
    if (found == bytes.end()) return make_error(ErrorKind::NotFound, "upstream.not-found", "get", reference, "404");
    return UpstreamManifest{kManifestType, found->second};
  }
  Result<std::optional<Digest>> resolve(const std::string&, const std::string& tag) override {
    ++heads;
    TRY(answers());
    if (meanwhile) meanwhile();
    if (!bytes.contains(tag)) return make_error(ErrorKind::NotFound, "upstream.not-found", "get", tag, "404");
    return std::optional(Digest(digest_of(bytes[tag])));
  }
  Result<void> blob(const std::string&, const Digest& digest, std::uint64_t offset, ByteSink& to, const std::function<void(std::optional<std::uint64_t>)>& begins,
                    const std::function<bool()>&) override {
    ++blobs;
    TRY(answers());
    const auto found = bytes.find(digest.str());
    if (found == bytes.end()) return make_error(ErrorKind::NotFound, "upstream.not-found", "get", digest.str(), "404");
    const std::string& all = found->second;
    begins(all.size());
    for (size_t at = offset; at < all.size(); at += 1000) {
      if (cut_at != 0 && at >= cut_at && cuts-- > 0) return make_error(ErrorKind::Unavailable, "upstream.cut-short", "get", digest.str(), "cut");
      TRY(to.write(all.substr(at, 1000)));
      sent += std::min<size_t>(1000, all.size() - at);
      if (slow) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return success();
  }
  Result<std::vector<std::string>> tags(const std::string&) override {
    TRY(answers());
    return std::vector<std::string>{"old", "v1"};
  }
  void stop() override {}

  std::map<std::string, std::string> bytes;
  std::atomic<int> manifests = 0, heads = 0, blobs = 0;
  std::atomic<size_t> sent = 0;
  std::string failure;  // a code
  size_t cut_at = 0;
  std::atomic<int> cuts = 0;
  bool slow = false;
  std::function<void()> meanwhile;  // what happens here while it is asked for a tag

 private:
  Result<void> answers() const { return failure.empty() ? success() : Result<void>(make_error(ErrorKind::Unavailable, failure, "get", "", "it does not answer")); }
};

struct Mirrored {
  explicit Mirrored(MirrorOptions options = {.fresh = 0, .unreachable = 0}) {
    layer.resize(300'000);
    for (size_t i = 0; i < layer.size(); ++i) layer[i] = static_cast<char>(i * 7919 >> 3);
    manifest = manifest_json("{}", {layer});
    other.bytes = {{"v1", manifest}, {digest_of(manifest), manifest}, {digest_of(layer), layer}, {digest_of("{}"), "{}"}};
    open(options);
  }
  void open(MirrorOptions options = {.fresh = 0, .unreachable = 0}) {
    shop.reset();
    mirror.reset();
    shop = std::make_unique<Shop>(folder.path());
    mirror = std::make_unique<Mirror>(*shop->contents, other, options);
    registry = std::make_unique<Registry>(Parts{*shop->contents, nullptr, mirror.get(), nullptr, nullptr}, Options{});
  }
  ~Mirrored() {
    registry.reset();
    mirror.reset();
  }
  HttpResponse ask(const std::string& target, const std::string& method = "GET") {
    return registry->handle({method, target, {}, {}, std::make_shared<StringSpool>("")});
  }
  std::string blob_path() const { return "/v2/library/x/blobs/" + digest_of(layer); }

  Folder folder;
  std::string layer, manifest;
  OtherRegistry other;
  std::unique_ptr<Shop> shop;
  std::unique_ptr<Mirror> mirror;
  std::unique_ptr<Registry> registry;
};

}  // namespace

TEST_CASE("forty clients that want one blob at the same time download it once") {
  Mirrored m;
  m.other.slow = true;
  std::atomic<int> right = 0;
  std::vector<std::thread> clients;
  for (int i = 0; i < 40; ++i)
    clients.emplace_back([&] {
      const auto answer = m.ask(m.blob_path());
      const auto& source = std::get<HttpSourceBody>(answer.body);
      const auto bytes = read_all(*source.source, 1 << 20);
      if (bytes.ok() && bytes.value() == m.layer && source.length == m.layer.size()) ++right;
    });
  for (auto& client : clients) client.join();
  CHECK(right == 40);
  CHECK(m.other.blobs == 1);
  CHECK(m.other.sent == m.layer.size());
  CHECK(body_of(m.ask(m.blob_path())) == m.layer);
  CHECK(m.other.blobs == 1);
}

TEST_CASE("a download that is cut goes on where it stopped") {
  Mirrored m;
  m.other.cut_at = 100'000;
  m.other.cuts = 1;
  CHECK(body_of(m.ask(m.blob_path())) == m.layer);
  CHECK(m.other.blobs == 2);
  CHECK(m.other.sent == m.layer.size());
}

TEST_CASE("a blob with wrong bytes is never given whole, nor kept") {
  Mirrored m;
  m.other.bytes[digest_of(m.layer)][1234] ^= 1;
  const auto answer = m.ask(m.blob_path());
  if (const auto* source = std::get_if<HttpSourceBody>(&answer.body)) CHECK_FALSE(read_all(*source->source, 1 << 20).ok());
  else CHECK(answer.status == 503);
  CHECK_FALSE(m.shop->files->size(Digest(digest_of(m.layer))));
  m.other.bytes[digest_of(m.layer)] = m.layer;
  CHECK(body_of(m.ask(m.blob_path())) == m.layer);
}

TEST_CASE("a tag is compared while the other registry answers, and served from here when it does not") {
  Mirrored m;
  CHECK(body_of(m.ask("/v2/library/x/manifests/v1")) == m.manifest);
  CHECK(m.other.manifests == 1);
  CHECK(body_of(m.ask("/v2/library/x/manifests/v1")) == m.manifest);
  CHECK(m.other.manifests == 1);
  CHECK(m.other.heads == 1);
  for (const char* failure : {"upstream.unreachable", "upstream.rate-limited", "upstream.refused"}) {
    m.other.failure = failure;
    CHECK(body_of(m.ask("/v2/library/x/manifests/v1")) == m.manifest);
  }
  CHECK(m.ask("/v2/library/x/manifests/v2").status == 404);  // refused there
  m.other.failure = "upstream.unreachable";
  CHECK(m.ask("/v2/library/x/manifests/v2").status == 503);
  m.other.failure = "upstream.rate-limited";
  CHECK(m.ask("/v2/library/x/manifests/v2").status == 429);
  m.other.failure.clear();
  const std::string changed = manifest_json("{}", {"new"});
  m.other.bytes["v1"] = changed;
  CHECK(body_of(m.ask("/v2/library/x/manifests/v1")) == changed);
  m.other.bytes.erase("v1");
  CHECK(m.ask("/v2/library/x/manifests/v1").status == 404);
}

TEST_CASE("the cache outlives the server, and needs no network then") {
  Mirrored m;
  CHECK(m.ask("/v2/library/x/manifests/v1").status == 200);
  CHECK(body_of(m.ask(m.blob_path())) == m.layer);
  m.other.failure = "upstream.unreachable";
  m.registry.reset();
  m.open();
  CHECK(body_of(m.ask("/v2/library/x/manifests/v1")) == m.manifest);
  CHECK(body_of(m.ask(m.blob_path())) == m.layer);
  CHECK(body_of(m.ask("/v2/library/x/tags/list")) == "{\"name\":\"library/x\",\"tags\":[\"v1\"]}\n");
}

TEST_CASE("a registry that did not answer is left in peace for a while") {
  Mirrored m({.fresh = 0, .unreachable = 15 * kSecond});
  CHECK(m.ask("/v2/library/x/manifests/v1").status == 200);
  m.other.failure = "upstream.unreachable";
  for (int i = 0; i < 5; ++i) CHECK(m.ask("/v2/library/x/manifests/v1").status == 200);
  CHECK(m.other.heads == 1);
  m.shop->clock.at += 16 * kSecond;
  CHECK(m.ask("/v2/library/x/manifests/v1").status == 200);
  CHECK(m.other.heads == 2);
}

TEST_CASE("a push into a mirror whose registry does not answer is a push: what is not here is said not to be") {
  Mirrored m({.fresh = 0, .unreachable = 15 * kSecond});
  const std::string blob = "/v2/library/mine/blobs/" + digest_of("never seen");
  for (const char* failure : {"upstream.unreachable", "upstream.rate-limited", "upstream.refused"}) {
    m.other.failure = failure;
    const auto answer = m.ask(blob, "HEAD");
    CHECK(answer.status == 404);
    CHECK(code_of(answer) == "BLOB_UNKNOWN");
  }
  m.other.failure = "upstream.unreachable";
  CHECK(m.ask(blob).status == 503);  // who wants it hears why it cannot be had
  const std::string pushed = push_image(*m.shop, "library/mine", "v1", "ours");
  CHECK(m.ask("/v2/library/mine/manifests/" + pushed).status == 200);
  m.other.failure.clear();
  m.shop->clock.at += 16 * kSecond;
  CHECK(m.ask(m.blob_path(), "HEAD").status == 200);  // the other registry has it
}

TEST_CASE("what was pushed here is ours, whatever the other registry has") {
  Mirrored m;
  const std::string ours = push_image(*m.shop, "library/x", "v1", "ours");
  CHECK(header(m.ask("/v2/library/x/manifests/v1"), "Docker-Content-Digest") == ours);
  CHECK(m.other.heads == 0);
  CHECK(m.other.manifests == 0);
}

TEST_CASE("what is pushed here while the other registry is asked stays ours") {
  Mirrored m;
  std::string ours;
  m.other.meanwhile = [&] {
    m.other.meanwhile = nullptr;
    ours = push_image(*m.shop, "library/x", "v1", "ours");
  };
  CHECK(header(m.ask("/v2/library/x/manifests/v1"), "Docker-Content-Digest") == ours);
  CHECK(header(m.ask("/v2/library/x/manifests/v1"), "Docker-Content-Digest") == ours);
}

TEST_CASE("a blob beyond the bound is not kept, however it is announced") {
  Mirrored m;
  m.open({.fresh = 0, .unreachable = 0, .largest_blob = 100'000});
  const auto answer = m.ask(m.blob_path());
  if (const auto* source = std::get_if<HttpSourceBody>(&answer.body)) CHECK_FALSE(read_all(*source->source, 1 << 20).ok());
  else CHECK(answer.status == 503);
  CHECK(m.other.sent <= 101'000);
  CHECK_FALSE(m.shop->files->size(Digest(digest_of(m.layer))));
}

TEST_CASE("whoever waits for a download's turn waits no longer when the server stops") {
  Mirrored m;
  m.open({.fresh = 0, .unreachable = 0, .downloads = 0});
  std::thread client([&] { CHECK(m.ask(m.blob_path()).status == 503); });
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  m.mirror->stop();
  client.join();
}
