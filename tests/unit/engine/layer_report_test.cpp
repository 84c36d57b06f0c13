// What each layer brings and wastes: the fold alone, then through the engine.
#include "tests/unit/engine/image_bench.hpp"

using namespace strates;
using namespace strates::engine;
using namespace strates::engine::test;

namespace {

using image::EntryType;

LayerReport fold(const std::vector<std::vector<Member>>& layers) {
  adapters::LibarchiveReader archives;
  LayerReport report;
  LayerAccount account;
  for (const auto& members : layers) {
    StringSource source(tar_of(members));
    auto reader = archives.open(source).value();
    LayerPart part;
    REQUIRE(account.add(*reader, part).ok());
    report.layers.push_back(std::move(part));
  }
  account.finish(report);
  return report;
}

std::string bytes(size_t count) { return std::string(count, 'x'); }

}  // namespace

TEST_CASE("one layer wastes nothing, and an image without bytes neither") {
  const auto report = fold({{{"a", bytes(10)}, {"d", "", EntryType::Directory}, {"d/b", bytes(5)}, {"l", "", EntryType::Symlink, "a"}, {"h", "", EntryType::HardLink, "a"}}});
  CHECK(report.total_bytes == 16);  // with the link's text, as an image's size is counted
  CHECK(report.wasted_bytes == 0);
  CHECK(report.efficiency == 1);
  CHECK(report.wasted.empty());
  CHECK(report.layers[0].added == 4);  // files and links; folders are not counted
  CHECK(report.layers[0].files[0].path == "a");
  CHECK(fold({}).efficiency == 1);
}

TEST_CASE("a file written again wastes its first copy") {
  const auto report = fold({{{"etc/f", bytes(30)}, {"g", bytes(50)}}, {{"etc/f", bytes(20)}}});
  CHECK(report.total_bytes == 100);
  CHECK(report.minimum_bytes == 70);
  CHECK(report.efficiency == doctest::Approx(0.7));
  CHECK(report.wasted_bytes == 30);
  CHECK(report.layers[0].wasted_bytes == 30);
  CHECK(report.layers[1].wasted_bytes == 0);
  CHECK(report.layers[1].changed == 1);
  CHECK(report.layers[1].added == 0);
  REQUIRE(report.wasted.size() == 1);
  CHECK(report.wasted[0].path == "etc/f");
  CHECK(report.wasted[0].copies == 2);
  CHECK(report.wasted[0].total_bytes == 50);
  CHECK(report.wasted[0].wasted_bytes == 30);
}

TEST_CASE("what a layer above removes is wasted whole, one by one, by its folder, or by an opaque folder") {
  const std::vector<Member> base = {{"d", "", EntryType::Directory}, {"d/a", bytes(10)}, {"d/b", bytes(20)}, {"da", bytes(40)}};
  const auto one = fold({base, {{"d/.wh.a", ""}}});
  CHECK(one.wasted_bytes == 10);
  CHECK(one.minimum_bytes == 60);
  CHECK(one.layers[1].removed == 1);
  CHECK(one.layers[1].files[0].what == LayerFile::What::Removed);
  CHECK(one.layers[1].files[0].path == "d/a");
  CHECK(one.layers[1].files[0].bytes == 10);
  const auto folder = fold({base, {{".wh.d", ""}}});
  CHECK(folder.wasted_bytes == 30);  // "da" is no part of "d"
  CHECK(folder.layers[1].removed == 2);
  const auto opaque = fold({base, {{"d", "", EntryType::Directory}, {"d/new", bytes(7)}, {"d/.wh..wh..opq", ""}}});
  CHECK(opaque.wasted_bytes == 30);
  CHECK(opaque.total_bytes == 77);
  CHECK(opaque.layers[1].added == 1);
  CHECK(opaque.layers[1].removed == 2);
}

TEST_CASE("a folder replaced by a file, and a file by a folder, waste what they hide") {
  const auto report = fold({{{"d", "", EntryType::Directory}, {"d/a", bytes(10)}, {"f", bytes(5)}}, {{"d", bytes(1)}, {"f", "", EntryType::Directory}}});
  CHECK(report.wasted_bytes == 15);
  CHECK(report.total_bytes == 16);
}

TEST_CASE("a file removed and written again by a later layer counts each copy") {
  const auto report = fold({{{"a", bytes(10)}}, {{".wh.a", ""}}, {{"a", bytes(10)}}});
  CHECK(report.total_bytes == 20);
  CHECK(report.wasted_bytes == 10);
  CHECK(report.minimum_bytes == 0);  // its smallest state was: not there
  CHECK(report.layers[2].added == 1);
}

TEST_CASE("the engine's report says the instruction, the sharing and the containers of each layer") {
  ImageBench bench;
  bench.busybox();
  bench.derive("busybox", "echo hello > /x; rm /etc/group", "mine");
  bench.derive("busybox", "echo other > /y", "other");
  bench.create("user", "mine");
  const auto report = bench.engine->layer_report("mine").value();
  REQUIRE(report.layers.size() == 2);
  CHECK(report.tags == std::vector<std::string>{"mine:latest"});
  CHECK(report.layers[0].images == std::vector<std::string>{"other:latest", "busybox:latest"});
  CHECK(report.layers[0].containers == std::vector<std::string>{"user"});
  CHECK(report.layers[0].created_by == "imported");
  CHECK(report.layers[1].images.empty());
  CHECK(report.layers[1].containers == std::vector<std::string>{"user"});
  CHECK(report.layers[1].created_by.find("echo hello") != std::string::npos);
  CHECK(report.layers[1].bytes == 6);
  CHECK(report.layers[1].added == 1);
  CHECK(report.layers[1].removed == 1);
  CHECK(report.total_bytes == bench.engine->image("mine").value().bytes);
  CHECK(report.wasted_bytes > 0);
  CHECK(report.wasted_bytes == report.layers[0].wasted_bytes);
  CHECK(report.efficiency < 1);
  CHECK(bench.engine->layer_report("nosuch").error().message() == "No such image: nosuch:latest");
}
