#include <doctest/doctest.h>

#include "adapters/decompressor.hpp"
#include "registry/program/bundle.hpp"
#include "registry_support.hpp"

using namespace strates;
using namespace strates::registry::server;
using namespace strates::registry::server::test;

namespace {

constexpr char kControl[] = "Package: cow\nVersion: 1.0-1\nArchitecture: all\nDescription: a cow\n It says moo.\n";

// A shelf over the folder's own store.
struct Shelf {
  explicit Shelf(test::Shop& shop) : shelf(*shop.files, *shop.metadata, shop.hasher, shop.clock) { CHECK(shelf.open().ok()); }
  Result<void> put(const std::string& file, const std::string& bytes, const std::string& control = kControl, const std::string& digest = {}) {
    StringSource source(bytes);
    return shelf.put({file, control, Digest(digest.empty() ? digest_of(bytes) : digest), 0}, source);
  }
  std::string get(const std::string& path) { return body_of(shelf.get(path)); }
  DebianShelf shelf;
};

}  // namespace

TEST_CASE("a shelf is an apt repository: an index, its packed form, and their checksums") {
  Folder folder;
  test::Shop shop(folder.path());
  Shelf s(shop);
  CHECK(s.put("cow_1.0-1_all.deb", "the package").ok());
  const std::string index = s.get("Packages");
  CHECK(index == std::string(kControl) + "Filename: ./cow_1.0-1_all.deb\nSize: 11\nSHA256: " + digest_of("the package").substr(7) + "\n\n");
  const std::string packed = s.get("Packages.gz");
  StringSource source(packed);
  auto plain = adapters::open_decompressed(source);
  REQUIRE(plain.ok());
  CHECK(read_all(*plain.value(), 1 << 20).value() == index);
  const std::string release = s.get("Release");
  CHECK(release.find("Date: Tue, 14 Nov 2023 22:13:20 UTC\n") != std::string::npos);
  CHECK(release.find(" " + digest_of(index).substr(7) + " " + std::to_string(index.size()) + " Packages\n") != std::string::npos);
  CHECK(release.find(" " + digest_of(packed).substr(7) + " " + std::to_string(packed.size()) + " Packages.gz\n") != std::string::npos);
  CHECK(s.get("cow_1.0-1_all.deb") == "the package");
  // What it replaces goes.
  CHECK(s.put("cow_1.0-1_all.deb", "another").ok());
  CHECK(s.get("cow_1.0-1_all.deb") == "another");
  CHECK(shop.files->list().value() == std::vector<Digest>{Digest(digest_of("another"))});
  CHECK(s.put("cow_1.0-1_all.deb", "the package").ok());
  CHECK(s.shelf.get("other.deb").status == 404);
  CHECK(s.shelf.get("InRelease").status == 404);
  Shelf again(shop);
  CHECK(again.get("Packages") == index);
}

TEST_CASE("a package with other bytes, a wrong name or no control is refused") {
  Folder folder;
  test::Shop shop(folder.path());
  Shelf s(shop);
  CHECK(s.put("cow_1_all.deb", "bytes", kControl, digest_of("others")).error().code == "debian.digest");
  CHECK(shop.files->list().value().empty());
  for (const char* name : {"../cow.deb", "cow", ".deb", "a/b.deb", "-x.deb", "x y.deb"}) {
    CAPTURE(name);
    CHECK(s.put(name, "bytes").error().code == "debian.name");
  }
  CHECK(s.put("a_1_all.deb", "bytes", "Package: a\n").error().code == "debian.control");
  CHECK(s.put("a_1_all.deb", "bytes", "nothing like a field\n").error().code == "debian.control");
}

TEST_CASE("what an index says itself cannot be smuggled in by a package") {
  const auto clean = clean_control(std::string(kControl) + "Filename: /etc/passwd\nSHA256: 00\n continued\nSize: 1\n");
  REQUIRE(clean.ok());
  CHECK(clean.value() == kControl);
  CHECK(clean_control(std::string(kControl) + "\nPackage: second\n").error().code == "debian.control");
}

TEST_CASE("a large text survives being stored as gzip") {
  std::string text(200'000, '\0');
  for (size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(i * 131 >> 5);
  for (const std::string& bytes : {text, std::string(), text.substr(0, 65535), text.substr(0, 65536)}) {
    const std::string packed = stored_gzip(bytes);
    StringSource source(packed);
    auto plain = adapters::open_decompressed(source);
    REQUIRE(plain.ok());
    CHECK(read_all(*plain.value(), 1 << 20).value() == bytes);
  }
}

TEST_CASE("a bundle's table is read back, and one that lies is refused") {
  BundleContents contents;
  contents.images.push_back({"web", {"library/web", "latest", {{"application/vnd.oci.image.layer.v1.tar", digest_of("l"), 1, {}, false}, {kManifestType, digest_of("m"), 1, {}, true}}}});
  contents.packages.push_back({"cow_1_all.deb", kControl, Digest(digest_of("p")), 1});
  const std::string table = bundle_table(contents);
  const auto read = parse_bundle_table(table);
  REQUIRE(read.ok());
  CHECK(bundle_table(read.value()) == table);
  const auto changed = [&](const std::string& from, const std::string& to) {
    std::string text = table;
    text.replace(text.find(from), from.size(), to);
    return parse_bundle_table(text).ok();
  };
  CHECK_FALSE(changed("\"version\":1", "\"version\":2"));
  CHECK_FALSE(changed("library/web", "../web"));
  CHECK_FALSE(changed("latest", "la test"));
  CHECK_FALSE(changed("cow_1_all.deb", "../cow.deb"));
  CHECK(changed("\"tag\":\"latest\"", "\"tag\":\"\""));  // asked for by its digest
  CHECK_FALSE(changed(digest_of("l"), "sha256:zz"));
  CHECK_FALSE(changed("\"manifest\":true", "\"manifest\":false"));
  CHECK_FALSE(parse_bundle_table("[]").ok());
  CHECK_FALSE(parse_bundle_table("{").ok());
}
