#include <doctest/doctest.h>

#include "adapters/openssl_hasher.hpp"
#include "build/context_sum.hpp"

using namespace strates;
using namespace strates::build;
using image::EntryMeta;
using image::EntryType;

namespace {

EntryMeta file(std::uint32_t mode, std::uint64_t size) {
  EntryMeta meta;
  meta.mode = mode;
  meta.size = size;
  return meta;
}

std::string prefix(std::string_view path, const EntryMeta& meta) { return sum_prefix(sum_header(path, meta)); }

}  // namespace

TEST_CASE("a file's sum is the one that Docker's tests expect") {
  // moby, builder/remotecontext/tarsum_test.go: TestHashFile and TestHashSubdir.
  adapters::OpensslHasher hasher;
  const EntryMeta meta = file(0755, 13);
  CHECK(hasher.sha256_hex(prefix("test", meta) + "contents test") == "1149ab94af7be6cc1da1335e398f24ee1cf4926b720044d229969dfc248ae7ec");
  CHECK(hasher.sha256_hex(prefix("builder-tarsum-test-subdir/test", meta) + "contents test") ==
        "d7f8d6353dee4816f9134f4156bf6a9d470fdadfb5d89213721f7e86744a4e69");
}

TEST_CASE("a header is told field by field") {
  CHECK(prefix("a b.txt", file(0644, 5)) == "namea b.txtmode33188uid0gid0size5typeflag0linknameunamegnamedevmajor0devminor0");
  EntryMeta link;
  link.type = EntryType::Symlink;
  link.mode = 0777;
  link.link_target = "../x";
  CHECK(prefix("d/l", link) == "named/lmode41471uid0gid0size0typeflag2linkname../xunamegnamedevmajor0devminor0");
  EntryMeta device;
  device.type = EntryType::CharDevice;
  device.mode = 0600;
  device.uid = 4294967294;
  device.gid = 7;
  device.device_major = 1;
  device.device_minor = 3;
  CHECK(prefix("null", device) == "namenullmode8576uid4294967294gid7size0typeflag3linknameunamegnamedevmajor1devminor3");
}

TEST_CASE("each type has its bits, its letter and its name") {
  struct Row {
    EntryType type;
    std::uint32_t mode;
    char flag;
    const char* name;
  };
  const Row rows[] = {{EntryType::File, 0104755, '0', "p"},      {EntryType::HardLink, 0104755, '1', "p"},    {EntryType::Symlink, 0124755, '2', "p"},
                      {EntryType::CharDevice, 0024755, '3', "p"}, {EntryType::BlockDevice, 0064755, '4', "p"}, {EntryType::Directory, 0044755, '5', "p/"},
                      {EntryType::Fifo, 0014755, '6', "p"}};
  for (const Row& row : rows) {
    CAPTURE(row.flag);
    EntryMeta meta = file(04755, 9);
    meta.type = row.type;
    const SumHeader header = sum_header("p", meta);
    CHECK(header.mode == row.mode);
    CHECK(header.typeflag == row.flag);
    CHECK(header.name == row.name);
    CHECK(header.size == (row.type == EntryType::File ? 9 : 0));
  }
}

TEST_CASE("the time does not count, extended attributes do, in the order of their names") {
  EntryMeta meta = file(0644, 0);
  const std::string before = prefix("f", meta);
  meta.mtime = 5 * kSecond;
  CHECK(prefix("f", meta) == before);
  meta.xattrs["user.b"] = "2";
  meta.xattrs["user.B"] = std::string("\0x", 2);
  meta.xattrs["security.capability"] = "1";
  CHECK(prefix("f", meta) == before + "security.capability1" + "user.B" + std::string("\0x", 2) + "user.b2");
}
