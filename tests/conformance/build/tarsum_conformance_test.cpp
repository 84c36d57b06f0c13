// moby pkg/tarsum's own tables. Version 0, which the builder does not use, is version 1 with the time and without extended attributes.
#include <openssl/evp.h>

#include <algorithm>

#include "../image/table.hpp"
#include "adapters/archive_reader.hpp"
#include "build/context_sum.hpp"

using namespace strates;
using namespace strates::build;
using conformance::each_row;
using conformance::text;

namespace {

constexpr size_t kBlock = 512;

std::string read_text(const std::string& path) {
  std::ifstream in(conformance::folder() + "/tarsum/" + path, std::ios::binary);
  REQUIRE(in);
  std::stringstream out;
  out << in.rdbuf();
  return out.str();
}

// "sha224" of `bytes` in hexadecimal: the tables want hashes that the product does not have.
std::string digest(const std::string& algorithm, std::string_view bytes) {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  const EVP_MD* const kind = EVP_get_digestbyname(algorithm.c_str());
  REQUIRE(kind != nullptr);
  REQUIRE(EVP_Digest(bytes.data(), bytes.size(), out, &size, kind, nullptr) == 1);
  return to_hex(std::string_view(reinterpret_cast<const char*>(out), size));
}

struct Member {
  SumHeader header;
  std::int64_t mtime = 0;
  std::string content;
};

std::string field(std::string_view block, size_t from, size_t size) {
  const std::string_view bytes = block.substr(from, size);
  return std::string(bytes.substr(0, bytes.find('\0')));
}

std::uint64_t octal(std::string_view block, size_t from, size_t size) {
  const std::string digits(trim(field(block, from, size)));
  return digits.empty() ? 0 : std::stoull(digits, nullptr, 8);
}

// "LENGTH KEY=VALUE\n"; only extended attributes are expected here.
void read_pax(std::string_view records, SumHeader& header) {
  while (!records.empty()) {
    const size_t length = std::stoul(std::string(records.substr(0, records.find(' '))));
    REQUIRE(length > 0);
    REQUIRE(length <= records.size());
    const std::string_view record = records.substr(records.find(' ') + 1, length - records.find(' ') - 2);
    constexpr std::string_view kAttribute = "SCHILY.xattr.";
    REQUIRE(record.starts_with(kAttribute));
    const size_t equals = record.find('=');
    header.xattrs[std::string(record.substr(kAttribute.size(), equals - kAttribute.size()))] = record.substr(equals + 1);
    records.remove_prefix(length);
  }
}

// Headers as they are written, names and modes included: what the product's own reader gives is already clean.
std::vector<Member> read_raw(std::string_view tar) {
  std::vector<Member> out;
  Member member;
  for (size_t at = 0; at + kBlock <= tar.size() && tar[at] != '\0';) {
    const std::string_view block = tar.substr(at, kBlock);
    REQUIRE(block.substr(257, 5) == "ustar");
    SumHeader& header = member.header;
    header.size = octal(block, 124, 12);
    header.typeflag = block[156];
    at += kBlock;
    REQUIRE(header.size <= tar.size() - at);
    const std::string_view content = tar.substr(at, header.size);
    at += (header.size + kBlock - 1) / kBlock * kBlock;
    if (header.typeflag == 'x') {
      read_pax(content, header);
      continue;
    }
    REQUIRE(std::string_view("0123456").find(header.typeflag) != std::string_view::npos);
    REQUIRE(field(block, 345, 155).empty());
    header.name = field(block, 0, 100);
    header.mode = static_cast<std::uint32_t>(octal(block, 100, 8));
    header.uid = static_cast<std::uint32_t>(octal(block, 108, 8));
    header.gid = static_cast<std::uint32_t>(octal(block, 116, 8));
    member.mtime = static_cast<std::int64_t>(octal(block, 136, 12));
    header.linkname = field(block, 157, 100);
    header.devmajor = static_cast<std::uint32_t>(octal(block, 329, 8));
    header.devminor = static_cast<std::uint32_t>(octal(block, 337, 8));
    member.content = content;
    out.push_back(std::move(member));
    member = Member();
  }
  return out;
}

// `layer` through the reader and the header that the builder uses.
std::vector<Member> read_clean(const std::string& layer) {
  StringSource source(layer);
  adapters::LibarchiveReader archives;
  const auto reader = archives.open(source);
  REQUIRE(reader.ok());
  std::vector<Member> out;
  for (;;) {
    const auto next = reader.value()->next();
    REQUIRE(next.ok());
    if (!next.value()) return out;
    const image::LayerEntry& entry = *next.value();
    Member member;
    member.header = sum_header(entry.path, entry.meta);
    member.mtime = entry.meta.mtime / kSecond;
    if (entry.meta.type == image::EntryType::File) {
      const auto content = reader.value()->content();
      REQUIRE(content.ok());
      member.content = read_all(*content.value(), 1 << 20).value();
    }
    out.push_back(std::move(member));
  }
}

std::string prefix_of(const Member& member, const std::string& version) {
  if (version != "v0") return sum_prefix(member.header);
  SumHeader header = member.header;
  header.xattrs.clear();
  std::string out = sum_prefix(header);
  const size_t at = out.find("typeflag");
  REQUIRE(out.find("typeflag", at + 1) == std::string::npos);  // no name of the tables holds it
  return out.insert(at, "mtime" + std::to_string(member.mtime));
}

// The sum of the whole: that of what each entry has, in the order of the sums; entries of one name in the order of the archive.
std::string total(const std::vector<Member>& members, const std::string& version, const std::string& algorithm, const std::string& json) {
  struct Sum {
    std::string name, hex;
  };
  std::vector<Sum> sums;
  for (const Member& member : members) sums.push_back({member.header.name, digest(algorithm, prefix_of(member, version) + member.content)});
  std::stable_sort(sums.begin(), sums.end(), [](const Sum& a, const Sum& b) { return a.name != b.name && a.hex < b.hex; });
  std::string all = json;
  for (const Sum& sum : sums) all += sum.hex;
  return (version == "v0" ? "tarsum+" : "tarsum.dev+") + algorithm + ":" + digest(algorithm, all);
}

std::string algorithm_of(const std::string& expected) { return expected.substr(expected.find('+') + 1, expected.find(':') - expected.find('+') - 1); }

// The table's archive that Go's tests make on the spot: one file of zeros.
Member made(const Json& options) {
  REQUIRE(json_int(options, "num") == 1);
  REQUIRE_FALSE(json_bool(options, "isRand"));
  REQUIRE(text(json_member(options, "size"), "$expr") == "1024 * 1024");
  Member out;
  out.header.name = "/testdata0";
  out.header.mode = 0755;
  out.header.size = 1 << 20;
  out.content.assign(1 << 20, '\0');
  return out;
}

}  // namespace

TEST_CASE("conformance: the sums of single headers") {
  each_row("tarsum/headers.jsonl", [](const Json& row) {
    const Json& given = json_member(row, "hdr");
    Member member;
    SumHeader& header = member.header;
    header.name = text(given, "Name");
    header.uid = static_cast<std::uint32_t>(json_int(given, "Uid"));
    header.gid = static_cast<std::uint32_t>(json_int(given, "Gid"));
    header.size = static_cast<std::uint64_t>(json_int(given, "Size"));
    header.typeflag = text(given, "Typeflag").at(0);
    if (given.contains("Xattrs"))
      for (const auto& [name, value] : given["Xattrs"].items()) header.xattrs[name] = value.get<std::string>();
    member.content = text(row, "data");
    CHECK(total({member}, text(row, "version"), "sha256", "") == text(row, "expected"));
  });
}

TEST_CASE("conformance: the sums of archives, headers as written") {
  each_row("tarsum/layers.jsonl", [](const Json& row) {
    const std::string expected = text(row, "expected");
    const std::vector<Member> members = row["tar"].is_string() ? read_raw(read_text(text(row, "tar"))) : std::vector<Member>{made(row["options"])};
    const std::string json = row["json"].is_string() ? read_text(text(row, "json")) : "";
    CHECK(total(members, text(row, "version"), algorithm_of(expected), json) == expected);
  });
}

TEST_CASE("conformance: the sums of archives, through the reader and headers that the builder uses") {
  int judged = 0;
  each_row("tarsum/layers.jsonl", [&](const Json& row) {
    const std::string name = text(row, "name");
    const auto skip = [&](const std::string& reason) { MESSAGE(name << " not judged: " << reason); };
    if (!row["tar"].is_string()) return skip("it has no archive");
    const std::string layer = read_text(text(row, "tar"));
    for (const Member& raw : read_raw(layer)) {
      if ((raw.header.mode & 0170000) == 0) return skip("its modes lack the bits of the type, which Docker's client writes");
      if (raw.header.name == "./") return skip("it holds the root, which the reader leaves out");
    }
    ++judged;
    CHECK(total(read_clean(layer), text(row, "version"), "sha256", read_text(text(row, "json"))) == text(row, "expected"));
  });
  if (std::ifstream(conformance::folder() + "/tarsum/layers.jsonl")) CHECK(judged >= 5);
}
