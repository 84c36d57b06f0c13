#include <doctest/doctest.h>

#include <clocale>
#include <random>

#include "adapters/decompressor.hpp"
#include "base/strings.hpp"
#include "tar_bytes.hpp"

using namespace strates;
using namespace tar_bytes;

namespace {

std::string unhex(std::string_view hex) {
  std::string out;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) out += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  return out;
}

// The same tar of ./d/ and ./d/f ("hello layer"), compressed by four programs.
const std::pair<const char*, std::string> kCompressed[] = {
    {"gzip", unhex("1f8b0800000000000203d3d34fd167a031300002735353300d04e83416b699b19129838229031d406971496211d04a869109f480f19f4687f8373331"
                   "c01dff86c6e8f16f6266cca060301aff340719a93939f90a398995a9450ca360148c8251300a460e0000f05526b9000a0000")},
    {"bzip2", unhex("425a6839314159265359dcb606fb000025db80ca804001ff80000c67449e200908200074128a681a3400c81934128a1e8803400d034d5f75492422e0"
                    "12f69c69a90ad94a0702280a4652e602c1e66a2168a083e0c1061b60fe151afd60e6dcaa8488f246746ee9562c89932631c07e2ee48a70a121b96c0d"
                    "f6")},
    {"xz", unhex("fd377a585a000004e6d6b4460200210116000000742fe5a3e009ff00575d00170bc903cf4b5a186b964e9c714757586c5171ca15de58a8a8b21d6e48"
                 "f05b1d19a6d69cf8b0c432124769456dbf6fafa8d92e294d5d1dd3289132be73ada3b7750094432d38c38f8d3c5dccc2ece96b0022c1b00028000000"
                 "a4a93f0d89d348bf0001738014000000e8db7e20b1c467fb020000000004595a")},
    {"zstd", unhex("28b52ffd640009ad020082830c12b0eb38c91392f2c322b1b4ac15ba18854b016f289a956c2da436cf6470d841921e05df7d33cfc177be05937d77d9"
                   "eb51100c20502fb03bf1f91318b54070ed010648f57cea8091f251c203060d309ee01b12a16177")},
};

std::string plain() {
  return entry({.name = "./d/", .type = '5', .content = {}, .link = {}, .mode = 0755}) + entry({.name = "./d/f", .content = "hello layer", .link = {}, .mode = 0640}) + end();
}

std::string named(std::string name) { return entry({.name = std::move(name), .content = "x", .link = {}}) + end(); }

class FailingSource : public ByteSource {
 public:
  explicit FailingSource(std::string bytes) : inner_(std::move(bytes)) {}
  Result<size_t> read(std::span<char> buffer) override {
    const size_t got = TRY(inner_.read(buffer));
    if (got == 0) return make_error(ErrorKind::Unavailable, "test.cable", "read", "", "the cable was pulled");
    return got;
  }

 private:
  StringSource inner_;
};

}  // namespace

TEST_CASE("plain and compressed tars read the same") {
  const auto check = [](const std::string& bytes) {
    const auto read = read_tar(bytes);
    REQUIRE_MESSAGE(read.ok(), (read.ok() ? "" : read.error().explanation()));
    REQUIRE(read.value().size() == 2);
    CHECK(read.value()[0].entry.path == "d");
    CHECK(read.value()[0].entry.meta.type == EntryType::Directory);
    CHECK(read.value()[1].entry.path == "d/f");
    CHECK(read.value()[1].entry.meta.mode == 0640);
    CHECK(read.value()[1].content == "hello layer");
  };
  check(plain());
  for (const auto& [name, bytes] : kCompressed) {
    CAPTURE(name);
    check(bytes);
    StringSource source(bytes);
    auto inner = adapters::open_decompressed(source);
    REQUIRE(inner.ok());
    const auto out = read_all(*inner.value(), 1 << 20);
    REQUIRE(out.ok());
    CHECK(out.value().size() == 2560);
    check(out.value());
  }
}

TEST_CASE("what is not compressed passes the decompressor as it is") {
  for (const std::string& bytes : {std::string(), std::string("x"), plain(), std::string(200'000, 'z')}) {
    StringSource source(bytes);
    auto inner = adapters::open_decompressed(source);
    REQUIRE(inner.ok());
    CHECK(read_all(*inner.value(), 1 << 20).value() == bytes);
  }
}

TEST_CASE("a tar cut anywhere is an error, never a shorter tar") {
  const std::string tar = plain();
  // One of the two final blocks is enough, as for everybody.
  for (size_t length = 1; length < tar.size() - 512; ++length) {
    const std::string code = code_of(tar.substr(0, length));
    if (code != "archive.truncated" && code != "archive.format") {
      CAPTURE(length);
      CHECK(code == "archive.truncated");
    }
  }
  CHECK(code_of(tar.substr(0, 512)) == "archive.truncated");
  CHECK(code_of(tar.substr(0, 1024)) == "archive.truncated");
  CHECK(code_of(tar.substr(0, 1030)) == "archive.truncated");
  CHECK(code_of(tar.substr(0, 1536)) == "archive.truncated");
  CHECK(code_of(tar) == "");
}

TEST_CASE("a compressed tar cut anywhere before its last file ends is an error") {
  for (const auto& [name, bytes] : kCompressed) {
    CAPTURE(name);
    size_t accepted = 0;
    for (size_t length = 1; length < bytes.size(); ++length) accepted += code_of(bytes.substr(0, length)).empty();
    // What follows the end marker (checksums, padding) may be missing: nothing of the tar is.
    CHECK(accepted < 40);
    CHECK(code_of(bytes.substr(0, bytes.size() / 2)) != "");
    StringSource source(bytes.substr(0, bytes.size() - 20));
    auto inner = adapters::open_decompressed(source);
    const bool whole = inner.ok() && read_all(*inner.value(), 1 << 20).ok();
    CHECK_FALSE(whole);
  }
}

TEST_CASE("an empty stream and an empty tar hold nothing") {
  for (const std::string& bytes : {std::string(), std::string(512, '\0'), end(), std::string(10240, '\0')}) {
    const auto read = read_tar(bytes);
    REQUIRE(read.ok());
    CHECK(read.value().empty());
  }
}

TEST_CASE("what is not a tar is refused") {
  CHECK(code_of(std::string(4096, 'x')) == "archive.format");
  CHECK(code_of("<html>") == "archive.format");
  std::string damaged = plain();
  damaged[512] = '!';  // the second header's checksum is wrong now
  CHECK(code_of(damaged) == "archive.format");
}

TEST_CASE("the source's own error comes through") {
  FailingSource source(plain().substr(0, 700));
  adapters::LibarchiveReader archives;
  auto reader = archives.open(source);
  std::string code = reader.ok() ? "" : reader.error().code;
  while (code.empty()) {
    auto next = reader.value()->next();
    if (!next.ok()) code = next.error().code;
    else REQUIRE(next.value());
  }
  CHECK(code == "test.cable");
  if (reader.ok()) CHECK(reader.value()->next().error().code == "test.cable");
}

TEST_CASE("paths are made relative and clean; those that climb are refused") {
  const auto path_of = [](std::string name) {
    const auto read = read_tar(named(std::move(name)));
    return read.ok() && read.value().size() == 1 ? read.value()[0].entry.path : std::string("?");
  };
  CHECK(path_of("./etc/motd") == "etc/motd");
  CHECK(path_of("/etc/motd") == "etc/motd");
  CHECK(path_of("//etc//./motd") == "etc/motd");
  CHECK(path_of("etc/...") == "etc/...");
  CHECK(path_of("etc/..motd") == "etc/..motd");
  for (const char* name : {"..", "../x", "a/../b", "a/..", "/../etc/passwd", "./../x"}) {
    CAPTURE(name);
    CHECK(code_of(named(name)) == "archive.escape");
  }
  CHECK(code_of(with_pax({{"path", "safe/../../etc/shadow"}}, {.name = "safe", .content = {}, .link = {}}) + end()) == "archive.escape");
}

TEST_CASE("the root's own entry is skipped, whatever it calls itself") {
  for (const char type : {'5', '0', '2'})
    for (const char* name : {"./", ".", "/"}) {
      const auto read = read_tar(entry({.name = name, .type = type, .content = {}, .link = type == '2' ? "/etc" : ""}) + named("f"));
      REQUIRE(read.ok());
      CHECK(read.value().size() == 1);
    }
}

TEST_CASE("hard links are cleaned like paths; symbolic links stay as written") {
  const auto link = [](char type, std::string target) { return entry({.name = "l", .type = type, .content = {}, .link = std::move(target)}) + end(); };
  CHECK(read_tar(link('1', "./a/b")).value()[0].entry.meta.link_target == "a/b");
  CHECK(read_tar(link('1', "/a/b")).value()[0].entry.meta.type == EntryType::HardLink);
  CHECK(code_of(link('1', "../a")) == "archive.escape");
  CHECK(code_of(link('1', "/")) == "archive.link");
  CHECK(read_tar(link('2', "../../a/./b")).value()[0].entry.meta.link_target == "../../a/./b");
  CHECK(code_of(link('2', "")) == "archive.link");
}

TEST_CASE("whiteouts keep their names; those that name nothing are refused") {
  CHECK(read_tar(named("etc/.wh.motd")).value()[0].entry.path == "etc/.wh.motd");
  CHECK(read_tar(named("etc/.wh..wh..opq")).value()[0].entry.path == "etc/.wh..wh..opq");
  for (const char* name : {".wh.", ".wh..", "a/.wh...", "a/.wh../b"}) {
    CAPTURE(name);
    CHECK(code_of(named(name)) == "archive.whiteout");
  }
}

TEST_CASE("absurd sizes, names and numbers are refused before anything is read") {
  CHECK(code_of(entry({.name = "f", .content = {}, .link = {}, .size = 077777777777}) + end()) == "archive.truncated");
  CHECK(code_of(with_pax({{"size", "1125899906842624"}}, {.name = "f", .content = {}, .link = {}}) + end()) == "archive.too-large");
  CHECK(code_of(named(std::string(99, 'a')), {.path_bytes = 50}) == "archive.path");
  CHECK(code_of(with_pax({{"path", std::string(256, 'n')}}, {.name = "f", .content = {}, .link = {}}) + end()) == "archive.path");
  std::string deep;
  for (int i = 0; i < 3000; ++i) deep += "a/";
  CHECK(code_of(with_pax({{"path", deep + "f"}}, {.name = "f", .content = {}, .link = {}}) + end()) == "archive.path");
  CHECK(code_of(entry({.name = "a", .content = "12345", .link = {}}) + named("b"), {.bytes = 5}) == "archive.too-large");
  CHECK(code_of(entry({.name = "a", .content = "1234", .link = {}}) + named("b"), {.bytes = 5}) == "");
  CHECK(code_of(entry({.name = "a", .content = {}, .link = {}}) + named("b"), {.entries = 1}) == "archive.too-large");
  CHECK(code_of(with_pax({{"uid", "4294967295"}}, {.name = "f", .content = {}, .link = {}}) + end()) == "archive.owner");
  CHECK(code_of(with_pax({{"SCHILY.xattr.user.a", std::string(300 << 10, 'v')}}, {.name = "f", .content = {}, .link = {}}) + end()) == "archive.too-large");
}

TEST_CASE("extended attributes come as bytes; overlayfs's own never do") {
  const auto read = read_tar(with_pax({{"SCHILY.xattr.user.a", std::string("\0\xff=\n", 4)},
                                       {"SCHILY.xattr.trusted.overlay.redirect", "/etc"},
                                       {"SCHILY.xattr.trusted.overlay.opaque", "y"},
                                       {"SCHILY.xattr.user.overlay.metacopy", ""}},
                                      {.name = "f", .content = {}, .link = {}}) + end());
  REQUIRE(read.ok());
  const auto& xattrs = read.value()[0].entry.meta.xattrs;
  CHECK(xattrs.size() == 1);
  CHECK(xattrs.at("user.a") == std::string("\0\xff=\n", 4));
}

TEST_CASE("names are bytes, whatever the process's locale") {
  REQUIRE(std::setlocale(LC_CTYPE, nullptr) == std::string("C"));
  const std::string name = "\xc3\xa9t\xc3\xa9 \xe6\x97\xa5";
  CHECK(read_tar(with_pax({{"path", name}}, {.name = "f", .content = {}, .link = {}}) + end()).value()[0].entry.path == name);
  CHECK(read_tar(named(name)).value()[0].entry.path == name);
  CHECK(read_tar(named("\xff\xfe")).value()[0].entry.path == "\xff\xfe");
  CHECK(read_tar(with_pax({{"path", "\xff\xfe"}}, {.name = "f", .content = {}, .link = {}}) + end()).value()[0].entry.path == "\xff\xfe");
  CHECK(std::setlocale(LC_CTYPE, nullptr) == std::string("C"));
}

TEST_CASE("only files have content, and only until the next entry") {
  StringSource source(entry({.name = "d/", .type = '5', .content = {}, .link = {}}) + named("f"));
  adapters::LibarchiveReader archives;
  auto reader = archives.open(source);
  REQUIRE(reader.ok());
  REQUIRE(reader.value()->next().ok());
  CHECK(reader.value()->content().error().code == "archive.no-content");
  REQUIRE(reader.value()->next().ok());
  ByteSource* content = reader.value()->content().value();
  REQUIRE(reader.value()->next().ok());
  char byte = 0;
  CHECK(content->read({&byte, 1}).value() == 0);
  CHECK_FALSE(reader.value()->next().value());
}

TEST_CASE("whatever is done to an archive, what comes out is clean and bounded") {
  std::mt19937 random(20'10'24);
  const std::string pax = with_pax({{"path", "p/q"}, {"linkpath", "r"}, {"mtime", "1.5"}, {"size", "3"}, {"SCHILY.xattr.user.a", "v"}},
                                   {.name = "f", .content = "abc", .link = {}});
  const std::string whole = entry({.name = "./d/", .type = '5', .content = {}, .link = {}}) + pax + entry({.name = "d/l", .type = '1', .content = {}, .link = "d"}) +
                            entry({.name = "@LongLink", .type = 'L', .content = std::string(200, 'n'), .link = {}}) + entry({.name = "n", .content = "z", .link = {}}) + end();
  REQUIRE(code_of(whole) == "");
  int accepted = 0;
  for (int round = 0; round < 4000; ++round) {
    std::string bytes = whole;
    for (unsigned change = random() % 6; change-- > 0;) bytes[random() % bytes.size()] = static_cast<char>(random() % 3 == 0 ? '.' : random());
    // Most changes would only break a checksum; half of the rounds make the first header's right again.
    if (round % 2 == 0) {
      std::memset(bytes.data() + 148, ' ', 8);
      unsigned long long sum = 0;
      for (size_t i = 0; i < 512; ++i) sum += static_cast<unsigned char>(bytes[i]);
      octal(bytes, 148, 6, sum);
      bytes[154] = '\0';
    }
    const auto read = read_tar(bytes, {.entries = 100, .bytes = 1 << 20});
    if (!read.ok()) {
      REQUIRE(read.error().code.starts_with("archive."));
      continue;
    }
    ++accepted;
    for (const auto& item : read.value()) {
      REQUIRE(clean_path(item.entry.path) == item.entry.path);
      REQUIRE_FALSE((item.entry.path.starts_with("/") || item.entry.path.starts_with("../")));
      REQUIRE(item.content.size() == item.entry.meta.size);
    }
  }
  CHECK(accepted > 400);
  CHECK(accepted < 3600);
}
