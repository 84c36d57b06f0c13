// Images over HTTP: archives, filters, pruning, disk usage, layers.
#include <doctest/doctest.h>

#include "api/prune_filters.hpp"
#include "base/json_full.hpp"
#include "fake_engine.hpp"

using namespace strates;
using namespace strates::api;
using namespace strates::api::test;

namespace {

std::string message(const Answer& answer) { return json_string(parse_json(answer.body).value(), "message"); }

std::string filtered(std::string_view path, std::string_view filters) { return std::string(path) + "?filters=" + percent_encode(filters); }

engine::ImageRecord image_of(const std::string& id, std::vector<std::string> references, std::vector<std::string> layers, std::vector<std::uint64_t> bytes) {
  engine::ImageRecord out = gold_image();
  out.id = ImageId("sha256:" + id);
  out.references = std::move(references);
  out.layers.clear();
  for (const auto& layer : layers) out.layers.emplace_back("sha256:" + layer);
  out.layer_bytes = std::move(bytes);
  out.bytes = 0;
  for (const auto size : out.layer_bytes) out.bytes += size;
  return out;
}

std::vector<std::string> listed(engine::Engine& engine, std::string_view filters) {
  const auto answer = ask(engine, "GET", filtered("/images/json", filters));
  if (answer.status != 200) return {message(answer)};
  std::vector<std::string> out;
  const Json rows = parse_json(answer.body).value();
  for (const Json& row : rows)
    for (const auto& tag : json_strings(row, "RepoTags")) out.push_back(tag);
  return out;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("saving streams a tar, of one image or several, and an unknown name is an error before the first byte") {
  FakeEngine engine;
  const auto one = ask(engine, "GET", "/images/quay.io/a/b:1/get");
  CHECK(one.status == 200);
  CHECK(one.header("Content-Type") == "application/x-tar");
  CHECK(one.body == "TAR");
  CHECK(ask(engine, "GET", "/images/get?names=a&names=b%3A2").body == "TAR");
  CHECK(engine.calls == Names{"save quay.io/a/b:1", "save a b:2"});
  engine.fails = docker_error(ErrorKind::NotFound, "image.not-found", "No such image: x");
  const auto absent = ask(engine, "GET", "/images/x/get");
  CHECK(absent.status == 404);
  CHECK(message(absent) == "No such image: x");
}

TEST_CASE("loading says each line as a message, and an error as the last one, with status 200") {
  FakeEngine engine;
  const auto loaded = ask(engine, "POST", "/images/load?quiet=1", "four");
  CHECK(loaded.status == 200);
  CHECK(loaded.header("Content-Type") == "application/json");
  CHECK(loaded.body == "{\"stream\":\"Loaded image: a:1\\n\"}\r\n{\"stream\":\"Loaded image: \\u003cb\\u003e:2\\n\"}\r\n");
  CHECK(engine.calls == Names{"load 4"});
  engine.fails = docker_error(ErrorKind::Invalid, "load.diff-id", "invalid diffID");
  const auto failed = ask(engine, "POST", "/images/load?quiet=1", "x");
  CHECK(failed.status == 200);
  CHECK(failed.body == "{\"errorDetail\":{\"message\":\"invalid diffID\"},\"error\":\"invalid diffID\"}\r\n");
}

TEST_CASE("a load that is not quiet says how far each layer has come, as Docker's text and as numbers") {
  FakeEngine engine;
  CHECK(ask(engine, "POST", "/images/load?quiet=0", "four").body ==
        "{\"status\":\"Loading layer\",\"progressDetail\":{\"current\":32768,\"total\":65536},\"progress\":\"[=========================\\u003e                         ]  32.77kB/65.54kB\","
        "\"id\":\"aaaaaaaaaaaa\"}\r\n{\"stream\":\"Loaded image: a:1\\n\"}\r\n{\"stream\":\"Loaded image: \\u003cb\\u003e:2\\n\"}\r\n");
}

TEST_CASE("images are filtered as Docker filters them, and shown by the names that match") {
  FakeEngine engine;
  engine.all_images = {image_of("1", {"docker.io/library/app:1", "docker.io/library/app:2", "example.com/app:1"}, {"a"}, {1}), image_of("2", {}, {"a"}, {1})};
  engine.all_images[0].created = 200 * kSecond;
  engine.all_images[1].created = 100 * kSecond;
  engine.all_images[1].config.config.labels = std::map<std::string, std::string>{{"k", "v"}};
  CHECK(listed(engine, "{}") == Names{"app:1", "app:2", "example.com/app:1", "<none>:<none>"});
  CHECK(listed(engine, R"({"dangling":["true"]})") == Names{"<none>:<none>"});
  CHECK(listed(engine, R"({"dangling":{"false":true}})") == Names{"app:1", "app:2", "example.com/app:1"});
  CHECK(listed(engine, R"({"dangling":["1"]})") == Names{"Invalid filter 'dangling=[1]'"});
  CHECK(listed(engine, R"({"reference":["app:2"]})") == Names{"app:2"});
  CHECK(listed(engine, R"({"reference":["app"]})") == Names{"app:1", "app:2"});
  CHECK(listed(engine, R"({"reference":["*/app:1","app:[2-9]"]})") == Names{"app:2", "example.com/app:1"});
  CHECK(listed(engine, R"({"reference":["[a"]})") == Names{"syntax error in pattern"});
  CHECK(listed(engine, R"({"label":["k"]})") == Names{"<none>:<none>"});
  CHECK(listed(engine, R"({"label":["k=v","absent"]})") == Names{});
  CHECK(listed(engine, R"({"before":["app:1"]})") == Names{"<none>:<none>"});
  CHECK(listed(engine, R"({"since":["sha256:2"]})") == Names{"app:1", "app:2", "example.com/app:1"});
  CHECK(listed(engine, R"({"since":["nosuch"]})") == Names{"No such image: nosuch:latest"});
  CHECK(listed(engine, R"({"foo":["1"]})") == Names{"Invalid filter 'foo'"});
  // The way of clients older than the filter.
  const auto old = parse_json(ask(engine, "GET", "/v1.24/images/json?filter=app:2").body).value();
  REQUIRE(old.size() == 1);
  CHECK(json_strings(old[0], "RepoTags") == Names{"app:2"});
}

TEST_CASE("pruning counts what the removed layers freed, and leaves what is used or not meant") {
  FakeEngine engine;
  engine.all_images = {image_of("1", {}, {"a", "b"}, {10, 5}), image_of("2", {"docker.io/library/app:1"}, {"a"}, {10})};
  engine.removes = {{engine::Removal::What::Deleted, "sha256:1"}, {engine::Removal::What::Deleted, "sha256:b"}};
  CHECK(ask(engine, "POST", "/images/prune").body == "{\"ImagesDeleted\":[{\"Deleted\":\"sha256:1\"},{\"Deleted\":\"sha256:b\"}],\"SpaceReclaimed\":5}\n");
  CHECK(engine.calls == Names{"images all", "images top", "remove_image 1"});
  engine.calls.clear();
  ask(engine, "POST", filtered("/images/prune", R"({"dangling":["false"]})"));
  CHECK(engine.calls == Names{"images all", "images top", "remove_image 1", "remove_image docker.io/library/app:1"});
  engine.calls.clear();
  ask(engine, "POST", filtered("/images/prune", R"({"dangling":["true","false"]})"));  // Docker's client, of a user who says false
  CHECK(engine.calls.size() == 4);
  engine.calls.clear();
  CHECK(ask(engine, "POST", filtered("/images/prune", R"({"label":["no"]})")).body == "{\"ImagesDeleted\":null,\"SpaceReclaimed\":0}\n");
  CHECK(message(ask(engine, "POST", filtered("/images/prune", R"({"dangling":["x"]})"))) == "Invalid filter 'dangling=[x]'");
  CHECK(message(ask(engine, "POST", filtered("/images/prune", R"({"until":["xx"]})"))) == "failed to parse value as time or duration: \"xx\"");
  CHECK(message(ask(engine, "POST", filtered("/images/prune", R"({"until":["1h","2h"]})"))) == "more than one until filter specified");
  CHECK(message(ask(engine, "POST", filtered("/images/prune", R"({"foo":["1"]})"))) == "Invalid filter 'foo'");
}

TEST_CASE("an age is a duration before now, a time, or seconds; labels hold all or none") {
  const Nanos now = 1'000'000 * kSecond;
  const auto takes = [&](const Filters& filters, Nanos created, const std::map<std::string, std::string>& labels = {}) {
    return PruneFilters::make(filters, now).value().takes(created, &labels);
  };
  CHECK(takes({}, now));
  CHECK(takes({{"until", "10m"}}, now - 600 * kSecond));
  CHECK_FALSE(takes({{"until", "10m"}}, now - 599 * kSecond));
  CHECK_FALSE(takes({{"until", "900000"}}, now));
  CHECK(takes({{"until", "900000"}}, 900'000 * kSecond));
  CHECK(takes({{"until", "1970-01-02"}}, 86'400 * kSecond));
  CHECK_FALSE(takes({{"until", "1970-01-02T00:00:00Z"}}, 86'401 * kSecond));
  CHECK(takes({{"label", "a"}, {"label", "b=1"}}, now, {{"a", ""}, {"b", "1"}}));
  CHECK_FALSE(takes({{"label", "a"}, {"label", "b=2"}}, now, {{"a", ""}, {"b", "1"}}));
  CHECK_FALSE(takes({{"label!", "a"}}, now, {{"a", ""}}));
  CHECK(takes({{"label!", "a"}, {"label!", "b"}}, now, {{"a", ""}}));
  CHECK(takes({{"label!", "a"}}, now));
}

TEST_CASE("disk usage tells what images share and who uses them") {
  FakeEngine engine;
  engine.all_images = {image_of("1", {"docker.io/library/app:1"}, {"a", "b"}, {10, 5}), image_of("2", {}, {"a"}, {10}), image_of("3", {}, {"c"}, {7})};
  engine.all_containers = {gold_container()};
  engine.all_containers[0].image = ImageId("sha256:2");
  const Json usage = parse_json(ask(engine, "GET", "/system/df").body).value();
  CHECK(usage["LayersSize"] == 22);
  const auto& images = usage["Images"];
  CHECK(images[0]["SharedSize"] == 10);
  CHECK(images[0]["Size"] == 15);
  CHECK(images[0]["Containers"] == 0);
  CHECK(images[1]["SharedSize"] == 10);
  CHECK(images[1]["Containers"] == 1);
  CHECK(images[2]["SharedSize"] == 0);
  // The list of images does not count.
  CHECK(parse_json(ask(engine, "GET", "/images/json").body).value()[0]["SharedSize"] == -1);
}

TEST_CASE("the report of layers is the engine's") {
  FakeEngine engine;
  engine.report.id = ImageId("sha256:1");
  engine.report.tags = {"a:1"};
  engine::LayerPart part;
  part.diff_id = DiffId("sha256:d");
  part.chain_id = ChainId("sha256:c");
  part.created_by = "RUN x";
  part.bytes = 12;
  part.added = 1;
  part.removed = 2;
  part.wasted_bytes = 3;
  part.files = {{engine::LayerFile::What::Changed, "etc/x", 12}};
  part.images = {"b:1"};
  engine.report.layers = {part};
  engine.report.total_bytes = 12;
  engine.report.minimum_bytes = 9;
  engine.report.efficiency = 0.75;
  engine.report.wasted_bytes = 3;
  engine.report.wasted = {{"etc/x", 2, 12, 3}};
  const auto answer = ask(engine, "GET", "/strates/v1/images/a/b:1/layers");
  CHECK(answer.body ==
        "{\"Id\":\"sha256:1\",\"RepoTags\":[\"a:1\"],\"Layers\":[{\"DiffID\":\"sha256:d\",\"ChainID\":\"sha256:c\",\"CreatedBy\":\"RUN x\",\"Bytes\":12,\"TarBytes\":0,\"Added\":1,"
        "\"Changed\":0,\"Removed\":2,\"WastedBytes\":3,\"SharedByImages\":[\"b:1\"],\"SharedByContainers\":[],\"Files\":[{\"What\":\"changed\",\"Path\":\"/etc/x\",\"Bytes\":12}]}],"
        "\"TotalBytes\":12,\"MinimumBytes\":9,\"WastedBytes\":3,\"Efficiency\":0.75,\"Wasted\":[{\"Path\":\"/etc/x\",\"Copies\":2,\"TotalBytes\":12,\"WastedBytes\":3}]}\n");
  CHECK(engine.calls == Names{"layers a/b:1"});
}
