#include <doctest/doctest.h>

#include <cstdlib>

#include "adapters/openssl_hasher.hpp"
#include "image/tar_header.hpp"
#include "tar_bytes.hpp"

using namespace strates;
using namespace strates::image;
using namespace tar_bytes;

namespace {

std::string sha256(std::string_view bytes) { return adapters::OpensslHasher().sha256_hex(bytes); }

Item with(Item item, EntryType type, std::string target = {}) {
  item.meta.type = type;
  item.meta.link_target = std::move(target);
  return item;
}

// One of everything, in order.
std::vector<Item> menagerie() {
  std::vector<Item> items;
  items.push_back(directory("bin"));
  items.push_back(file("bin/sh", "#!\n"));
  items.back().meta.mode = 04755;
  items.back().meta.xattrs = {{"security.capability", std::string("\1\0\0\2\xff=\n", 7)}, {"user.note", ""}};
  items.push_back(with(file("bin/sh2", ""), EntryType::HardLink, "bin/sh"));
  items.push_back(with(file("bin/zlink", ""), EntryType::Symlink, "../" + std::string(120, 'x') + "/é"));
  items.push_back(with(file("dev-null", ""), EntryType::CharDevice));
  items.back().meta.device_major = 1;
  items.back().meta.device_minor = 1048575;
  items.push_back(with(file("disk", ""), EntryType::BlockDevice));
  items.back().meta.device_major = 4095;
  items.push_back(file("empty", ""));
  items.push_back(file("etc/.wh.motd", ""));
  items.push_back(with(file("fifo", ""), EntryType::Fifo));
  items.push_back(file("long/" + std::string(120, 'a') + "/" + std::string(60, 'b'), "split over prefix and name"));
  items.push_back(file("long/" + std::string(200, 'c') + "/" + std::string(110, 'd'), "only pax can say it"));
  items.push_back(file("old", "before 1970"));
  items.back().meta.mtime = -1;
  items.push_back(file("owner", std::string(1000, 'o')));
  items.back().meta.uid = 2097152;
  items.back().meta.gid = 4294967294;
  items.back().meta.mtime = 1'700'000'000 * kSecond + 999'999'999;
  items.push_back(file("élève", "accents"));
  items.push_back(file("\xff\xfe not UTF-8", "bytes"));
  return items;
}

// As it comes back: times in whole seconds.
EntryMeta as_read(EntryMeta meta) {
  meta.mtime = meta.mtime / kSecond * kSecond - (meta.mtime % kSecond < 0 ? kSecond : 0);
  return meta;
}

}  // namespace

TEST_CASE("an empty layer is 1,024 zero bytes and has Docker's digest") {
  const auto tar = write_tar({});
  REQUIRE(tar.ok());
  CHECK(tar.value() == std::string(1024, '\0'));
  CHECK("sha256:" + sha256(tar.value()) == kEmptyLayerDiffId);
}

TEST_CASE("what the writer writes, libarchive reads back entry for entry") {
  const auto items = menagerie();
  const auto tar = write_tar(items);
  REQUIRE_MESSAGE(tar.ok(), (tar.ok() ? "" : tar.error().explanation()));
  CHECK(tar.value().size() % 512 == 0);
  const auto read = read_tar(tar.value());
  REQUIRE_MESSAGE(read.ok(), (read.ok() ? "" : read.error().explanation()));
  REQUIRE(read.value().size() == items.size());
  for (size_t i = 0; i < items.size(); ++i) {
    CAPTURE(items[i].path);
    CHECK(read.value()[i].entry.path == items[i].path);
    CHECK(read.value()[i].entry.meta == as_read(items[i].meta));
    CHECK(read.value()[i].content == items[i].content);
  }
}

TEST_CASE("GNU tar lists what the writer writes") {
  if (std::system("tar --version >/dev/null 2>&1") != 0) {
    MESSAGE("skipped: no tar program");
    return;
  }
  const auto tar = write_tar(menagerie());
  REQUIRE(tar.ok());
  const std::string path = "/dev/shm/strates-tar-writer-test.tar";
  FILE* out = std::fopen(path.c_str(), "wbe");
  REQUIRE(out != nullptr);
  CHECK(std::fwrite(tar.value().data(), 1, tar.value().size(), out) == tar.value().size());
  std::fclose(out);
  FILE* list = ::popen(("LC_ALL=C.UTF-8 TZ=UTC tar --quoting-style=literal --numeric-owner -tvf " + path + " 2>&1; echo status $?").c_str(), "re");
  REQUIRE(list != nullptr);
  std::string text;
  char buffer[4096];
  for (size_t got = 0; (got = std::fread(buffer, 1, sizeof buffer, list)) != 0;) text.append(buffer, got);
  ::pclose(list);
  std::remove(path.c_str());
  CAPTURE(text);
  CHECK(text.find("status 0") != std::string::npos);
  CHECK(text.find("drwxr-xr-x 0/0               0 1970-01-01 00:00 bin/\n") != std::string::npos);
  CHECK(text.find("-rwsr-xr-x 0/0               3 1970-01-01 00:00 bin/sh\n") != std::string::npos);
  CHECK(text.find("bin/sh2 link to bin/sh\n") != std::string::npos);
  CHECK(text.find("crw-r--r-- 0/0       1,1048575 1970-01-01 00:00 dev-null\n") != std::string::npos);
  CHECK(text.find("2097152/4294967294") != std::string::npos);
  CHECK(text.find("1969-12-31 23:59 old\n") != std::string::npos);
  CHECK(text.find("élève\n") != std::string::npos);
  CHECK(text.find(std::string(200, 'c') + "/" + std::string(110, 'd') + "\n") != std::string::npos);
}

TEST_CASE("the same entries give the same bytes, for ever") {
  const auto first = write_tar(menagerie()), second = write_tar(menagerie());
  REQUIRE((first.ok() && second.ok()));
  CHECK(first.value() == second.value());
  // Changing this number changes the digest of every layer ever made.
  CHECK(sha256(first.value()) == "fb047fcb2e8e2663f4c37147843cd2a296fe94c0a9e91351fb74f1c97b74fdb0");
}

TEST_CASE("a header that ustar can say has no pax header") {
  CHECK(tar_header({"a", {}}, 0).size() == 512);
  CHECK(tar_header({std::string(100, 'a'), {}}, 0).size() == 512);
  CHECK(tar_header({std::string(155, 'a') + "/" + std::string(100, 'b'), {}}, 0).size() == 512);
  CHECK(tar_header({std::string(101, 'a'), {}}, 0).size() == 1536);
  CHECK(tar_header({std::string(156, 'a') + "/" + std::string(100, 'b'), {}}, 0).size() == 1536);
  EntryMeta largest;
  largest.size = (std::uint64_t{8} << 30) - 1;
  largest.uid = largest.gid = 2097151;
  CHECK(tar_header({"a", largest}, 077777777777).size() == 512);
}

TEST_CASE("a directory whose name fills the field keeps its slash") {
  for (size_t length = 95; length < 105; ++length) {
    CAPTURE(length);
    const auto tar = write_tar({directory(std::string(length, 'd')), file(std::string(length, 'd') + "/f", "x")});
    REQUIRE(tar.ok());
    const auto read = read_tar(tar.value());
    REQUIRE(read.ok());
    REQUIRE(read.value().size() == 2);
    CHECK(read.value()[0].entry.meta.type == EntryType::Directory);
    CHECK(read.value()[0].entry.path == std::string(length, 'd'));
    CHECK(read.value()[1].content == "x");
  }
}

TEST_CASE("a file over eight gibibytes says its size in a pax record") {
  LayerEntry large{"large", {}};
  large.meta.size = std::uint64_t{9} << 30;
  StringSource source(tar_header(large, 0));
  adapters::LibarchiveReader archives;
  auto reader = archives.open(source);
  REQUIRE(reader.ok());
  auto entry = reader.value()->next();
  REQUIRE((entry.ok() && entry.value()));
  CHECK(entry.value()->meta.size == large.meta.size);
}

TEST_CASE("times are clamped, and only downwards") {
  auto items = std::vector<Item>{file("a", ""), file("b", "")};
  items[0].meta.mtime = 2000 * kSecond;
  items[1].meta.mtime = 10 * kSecond;
  const auto tar = write_tar(items, {.clamp_mtime = 1000 * kSecond});
  REQUIRE(tar.ok());
  const auto read = read_tar(tar.value());
  REQUIRE(read.ok());
  CHECK(read.value()[0].entry.meta.mtime == 1000 * kSecond);
  CHECK(read.value()[1].entry.meta.mtime == 10 * kSecond);
}

TEST_CASE("entries out of order, twice or without a clean path are refused") {
  CHECK(write_code({file("b", ""), file("a", "")}) == "tar.order");
  CHECK(write_code({file("a", ""), file("a", "")}) == "tar.order");
  CHECK(write_code({file("a.txt", ""), directory("a")}) == "tar.order");
  CHECK(write_code({file("a/b", ""), file("a.txt", "")}) == "");
  for (const char* path : {"", "/a", "a/", "a//b", "./a", ".", "..", "../a", "a/../b", "a/.."}) {
    CAPTURE(path);
    CHECK(write_code({file(path, "")}) == "tar.path");
  }
  CHECK(write_code({file(std::string("a\0b", 3), "")}) == "tar.path");
}

TEST_CASE("a file that is not as long as announced is refused, and ends the tar") {
  for (const int difference : {-1, 1, 70000}) {
    CAPTURE(difference);
    for (const size_t length : {size_t{1}, size_t{512}, size_t{65536}, size_t{100000}}) {
      Item item = file("a", std::string(length, 'x'));
      item.meta.size = static_cast<std::uint64_t>(static_cast<long long>(length) + difference);
      CHECK(write_code({item}) == "tar.size");
    }
  }
  StringSink sink;
  TarWriter writer(sink, {});
  StringSource content("xy");
  CHECK_FALSE(writer.add({"a", {}}, &content).ok());
  CHECK(writer.finish().error().code == "tar.finished");
  CHECK(writer.add({"b", {}}, nullptr).error().code == "tar.finished");
}

TEST_CASE("what a tar cannot say is refused") {
  CHECK(write_code({with(file("a", ""), EntryType::HardLink, "b")}) == "tar.link");
  CHECK(write_code({with(file("a", ""), EntryType::HardLink, "../b")}) == "tar.link");
  CHECK(write_code({with(file("a", ""), EntryType::Symlink, "")}) == "tar.link");
  Item item = file("a", "");
  item.meta.mode = 010644;
  CHECK(write_code({item}) == "tar.field");
  item = file("a", "");
  item.meta.xattrs = {{"user.a=b", ""}};
  CHECK(write_code({item}) == "tar.field");
  item = with(file("a", ""), EntryType::CharDevice);
  item.meta.device_minor = 1 << 21;
  CHECK(write_code({item}) == "tar.field");
  StringSink sink;
  TarWriter writer(sink, {});
  StringSource content("");
  CHECK(writer.add({"a", directory("a").meta}, &content).error().code == "tar.content");
  CHECK(writer.finish().ok());
  CHECK(writer.finish().error().code == "tar.finished");
}

TEST_CASE("a directory comes before what it holds, and before names that only begin like it") {
  CHECK(layer_path_less("a", "a/b"));
  CHECK(layer_path_less("a/z", "a-b"));
  CHECK(layer_path_less("a/z", "a.b"));
  CHECK(layer_path_less("a/b", "ab"));
  CHECK(layer_path_less("a", "\xff"));
  CHECK(layer_path_less("z", "\xc3\xa9"));
  CHECK_FALSE(layer_path_less("a", "a"));
  CHECK_FALSE(layer_path_less("a/b", "a"));
}
