// Builds that a real Docker 20.10 did: the same inputs, the same words, configuration, history and files.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "builder_fake.hpp"
#include "tests/support/build_golden.hpp"

using namespace strates;
using namespace strates::engine;
using namespace strates::engine::fake;
using namespace strates::testing;

namespace {

GoldenTree golden_tree(const FakeTree& tree) {
  GoldenTree out;
  for (const auto& [path, file] : tree) out[path] = {path, file.content, file.meta};
  return out;
}

std::set<std::string> paths_of(const FakeTree& tree) {
  std::set<std::string> out;
  for (const auto& [path, file] : tree) out.insert(path);
  return out;
}

}  // namespace

TEST_CASE("builds of build-golden that need no program say, record and leave what Docker did") {
  const auto builds = golden_builds();
  if (builds.empty()) {
    MESSAGE("skipped: no build-golden in " << golden_folder());
    return;
  }
  int played = 0, left_out = 0;
  for (const GoldenBuild& build : builds) {
    const std::string& name = build.name;
    CAPTURE(name);
    if (build.runs()) {
      ++left_out;
      continue;
    }
    ++played;
    FakeHost host;
    std::vector<Entry> base;
    for (const char* path : {"bin", "etc", "root", "tmp", "usr", "usr/bin", "usr/sbin", "var", "var/www"}) base.push_back(directory(path, 0755));
    for (const char* reference : {"mirror.gcr.io/busybox", "mirror.gcr.io/alpine", "quay.io/libpod/centos:7"}) host.add_base(reference, base);
    BuildRequest request;
    request.context = std::make_shared<StringSpool>(golden_tar(build.context));
    request.dockerfile = build.file_name;
    request.no_cache = true;
    request.tags = {"g:x"};
    request.build_args = build.arguments;
    FakeOutput output;
    const auto image = run_build(host, request, output, 0);
    const Json& expected = build.expected;
    CHECK(golden_normal(output.text) == json_string(expected, "stdout"));
    CHECK(image.ok() == (json_int(expected, "rc") == 0));
    if (!image.ok()) {
      CHECK(image.error().message() + "\n" == json_string(expected, "stderr"));
      continue;
    }
    const ImageRecord record = host.find_image(image.value().str()).value();
    Json of_image = expected;
    if (!json_bool(expected, "from_scratch")) of_image["history_created_by"].erase(0);  // the fake's base images were not imported: they have no such step
    check_golden_config(record.config, record.layers.size(), of_image);
    check_golden_files(golden_tree(host.trees[record.id]), expected, paths_of(host.trees[host.images.front().id]), host.hasher());
  }
  MESSAGE("left to the Linux world: " << left_out << " cases with a RUN");
  CHECK(played >= 61);
}
