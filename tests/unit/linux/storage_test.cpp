// Blobs, records and spools on disk, and what a killed daemon leaves of them.
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include <atomic>
#include <thread>

#include "linux/storage/file_spooler.hpp"
#include "linux/storage/sqlite_metadata.hpp"
#include "tests/unit/linux/store_fixture.hpp"

using namespace strates;
using namespace strates::testing;
using linux_world::FileSpooler;
using linux_world::OciBlobs;
using linux_world::SqliteMetadata;

namespace {

class EndlessSource : public ByteSource {
 public:
  Result<size_t> read(std::span<char> buffer) override {
    std::fill(buffer.begin(), buffer.end(), 'e');
    return buffer.size();
  }
};

class FailingSource : public ByteSource {
 public:
  Result<size_t> read(std::span<char> buffer) override {
    if (calls_++ > 2) return make_error(ErrorKind::Unavailable, "test.gone", "read", "", "the sender went away");
    return buffer.size();
  }

 private:
  int calls_ = 0;
};

}  // namespace

TEST_CASE("blobs form an OCI image layout and are named by their bytes") {
  TestDirectory directory;
  adapters::OpensslHasher hasher;
  auto blobs = must(OciBlobs::open(directory.path + "/oci", hasher));
  const Digest abc = must(blobs->put("abc"));
  CHECK(abc.str() == "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(must(blobs->put("abc")) == abc);
  CHECK(must(blobs->read(abc, 10)) == "abc");
  CHECK(must(blobs->size(abc)) == 3);
  CHECK(blobs->has(abc));
  must(blobs->verify(abc));
  auto writer = must(blobs->create());
  must(writer->write("ab"));
  must(writer->write("c"));
  CHECK(must(writer->finish()) == abc);
  CHECK(code_of(writer->finish()) == "blob.finished");
  CHECK(must(blobs->list()) == std::vector<Digest>{abc});
  CHECK(names_of(directory.path + "/oci") == std::vector<std::string>{"blobs", "index.json", "oci-layout"});
  CHECK(names_of(directory.path + "/oci/blobs") == std::vector<std::string>{"sha256"});
  must(blobs->set_index(R"({"schemaVersion":2,"manifests":[]})"));
  must(blobs->remove(abc));
  CHECK(!blobs->has(abc));
  CHECK(code_of(blobs->remove(abc)) == "blob.not-found");
  CHECK(code_of(blobs->open(abc)) == "blob.not-found");
  CHECK(code_of(blobs->read(abc, 10)) == "blob.not-found");
  CHECK(code_of(blobs->size(abc)) == "blob.not-found");
}

TEST_CASE("a digest that is none reaches no file") {
  TestDirectory directory;
  adapters::OpensslHasher hasher;
  auto blobs = must(OciBlobs::open(directory.path + "/oci", hasher));
  for (const char* text : {"", "sha256:", "sha256:../../index.json", "sha512:00", "index.json", "sha256:BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD"}) {
    CAPTURE(text);
    CHECK(!blobs->has(Digest(text)));
    CHECK(code_of(blobs->open(Digest(text))) == "blob.digest");
    CHECK(code_of(blobs->remove(Digest(text))) == "blob.digest");
  }
}

TEST_CASE("a blob that was not finished leaves nothing, now or after a crash") {
  TestDirectory directory;
  adapters::OpensslHasher hasher;
  const std::string root = directory.path + "/oci";
  {
    auto blobs = must(OciBlobs::open(root, hasher));
    auto writer = must(blobs->create());
    must(writer->write("half"));
    CHECK(names_of(root + "/blobs").size() == 2);
    writer.reset();
    CHECK(names_of(root + "/blobs").size() == 1);
  }
  std::ofstream(root + "/blobs/tmp-77") << "left by a dead daemon";
  auto blobs = must(OciBlobs::open(root, hasher));
  CHECK(names_of(root + "/blobs") == std::vector<std::string>{"sha256"});
}

TEST_CASE("a blob whose bytes changed on disk is found out") {
  TestDirectory directory;
  adapters::OpensslHasher hasher;
  auto blobs = must(OciBlobs::open(directory.path, hasher));
  const Digest digest = must(blobs->put("true"));
  std::ofstream(directory.path + "/blobs/sha256/" + digest.str().substr(7)) << "fals";
  CHECK(code_of(blobs->verify(digest)) == "blob.corrupt");
  CHECK(code_of(blobs->read(digest, 2)) == "stream.too-large");
}

TEST_CASE("a spool is read as often as one likes and has no name") {
  TestDirectory directory;
  auto spooler = must(FileSpooler::open(directory.path + "/tmp"));
  StringSource source("0123456789");
  const auto spool = must(spooler->keep(source, 10));
  CHECK(spool->size() == 10);
  auto first = must(spool->open()), second = must(spool->open());
  char buffer[4];
  CHECK(must(first->read(buffer)) == 4);
  CHECK(must(read_all(*second, 100)) == "0123456789");
  CHECK(must(read_all(*first, 100)) == "456789");
  CHECK(names_of(directory.path + "/tmp").empty());
  EndlessSource endless;
  CHECK(code_of(spooler->keep(endless, 1 << 20)) == "stream.too-large");
  FailingSource failing;
  CHECK(code_of(spooler->keep(failing, 1 << 30)) == "test.gone");
  CHECK(names_of(directory.path + "/tmp").empty());
}

TEST_CASE("records are kept by bucket and key, any bytes, ordered") {
  TestDirectory directory;
  const std::string file = directory.path + "/metadata.db", zero("a\0b", 3);
  {
    auto store = must(SqliteMetadata::open(file));
    CHECK(!must(store->get("images", "x")).has_value());
    must(store->commit({{"images", "b", "2"}, {"images", zero, zero}, {"images", "a", ""}, {"containers", "b", "other"}}));
    CHECK(must(store->get("images", zero)) == zero);
    CHECK(must(store->get("images", "a")) == "");
    must(store->commit({{"images", "b", "3"}, {"images", "a", std::nullopt}, {"images", "absent", std::nullopt}}));
  }
  auto store = must(SqliteMetadata::open(file));
  CHECK(must(store->list("images")) == std::vector<std::pair<std::string, std::string>>{{zero, zero}, {"b", "3"}});
  CHECK(must(store->list("containers")).size() == 1);
  CHECK(must(store->list("none")).empty());
}

TEST_CASE("one file has one daemon, and a later version's file is left alone") {
  TestDirectory directory;
  const std::string file = directory.path + "/metadata.db";
  {
    auto store = must(SqliteMetadata::open(file));
    CHECK(code_of(SqliteMetadata::open(file)) == "metadata.locked");
    must(store->commit({{"b", "k", "v"}}));
  }
  {
    auto store = must(SqliteMetadata::open(file));
    CHECK(must(store->get("b", "k")) == "v");
  }
  std::ofstream(directory.path + "/garbage.db") << std::string(5000, 'g');
  CHECK(code_of(SqliteMetadata::open(directory.path + "/garbage.db")) == "metadata.corrupt");
  CHECK(!SqliteMetadata::open(directory.path + "/absent/metadata.db").ok());
  {
    // user_version is at byte 60 of the file's header, big-endian (https://www.sqlite.org/fileformat2.html).
    std::fstream raw(file, std::ios::in | std::ios::out | std::ios::binary);
    raw.seekp(60);
    raw.write("\0\0\0\7", 4);
  }
  CHECK(code_of(SqliteMetadata::open(file)) == "metadata.version");
}

TEST_CASE("what was committed survives kill -9, what was not is not there") {
  TestDirectory directory;
  const std::string file = directory.path + "/metadata.db";
  int ready[2];
  REQUIRE(::pipe2(ready, O_CLOEXEC) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    auto store = SqliteMetadata::open(file);
    for (std::uint32_t i = 0; store.ok(); ++i) {
      if (!store.value()->commit({{"n", "a", std::to_string(i)}, {"n", "b", std::to_string(i)}}).ok()) break;
      if (::write(ready[1], &i, sizeof i) != sizeof i) break;
    }
    ::_exit(1);
  }
  std::uint32_t last = 0;
  while (last < 200) REQUIRE(::read(ready[0], &last, sizeof last) == sizeof last);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  ::close(ready[1]);
  for (std::uint32_t i = 0; ::read(ready[0], &i, sizeof i) == sizeof i;) last = i;
  ::close(ready[0]);
  auto store = must(SqliteMetadata::open(file));
  const auto a = must(store->get("n", "a")), b = must(store->get("n", "b"));
  REQUIRE(a.has_value());
  CHECK(a == b);
  CHECK(std::stoul(*a) >= last);
  CHECK(std::stoul(*a) <= last + 1);
}

TEST_CASE("records can be read and written from many threads") {
  TestDirectory directory;
  auto store = must(SqliteMetadata::open(directory.path + "/metadata.db"));
  std::vector<std::thread> threads;
  std::atomic<int> failed{0};
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i)
        if (!store->commit({{"t", std::to_string(t) + "-" + std::to_string(i), "v"}}).ok() || !store->list("t").ok()) ++failed;
    });
  for (auto& thread : threads) thread.join();
  CHECK(failed == 0);
  CHECK(must(store->list("t")).size() == 200);
}

TEST_CASE("a tree of any depth is removed, and links are not followed") {
  TestDirectory directory;
  auto at = must(linux_world::open_directory(directory.path));
  for (int i = 0; i < 3000; ++i) {
    REQUIRE(::mkdirat(at.get(), "d", 0755) == 0);
    at = must(linux_world::open_directory_at(at.get(), "d"));
  }
  std::ofstream(directory.path + "/outside") << "stays";
  REQUIRE(::symlinkat((directory.path + "/outside").c_str(), at.get(), "link") == 0);
  at.reset();
  const auto top = must(linux_world::open_directory(directory.path));
  REQUIRE(::symlinkat(directory.path.c_str(), top.get(), "tolink") == 0);
  must(linux_world::remove_tree(top.get(), "tolink"));
  must(linux_world::remove_tree(top.get(), "d"));
  must(linux_world::remove_tree(top.get(), "absent"));
  CHECK(names_of(directory.path) == std::vector<std::string>{"outside"});
}
