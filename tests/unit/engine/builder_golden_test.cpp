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

// All that Docker's image had, and no more.
void check_files(const FakeTree& tree, const Json& wanted, const FakeTree& base, const std::set<std::string>& volumes, Hasher& hasher) {
  const auto in_volume = [&](const std::string& path) {
    return std::any_of(volumes.begin(), volumes.end(), [&](const std::string& volume) { return ("/" + path).starts_with(volume); });
  };
  for (const auto& [path, file] : tree) {
    CAPTURE(path);
    // The Dockerfile itself lay beside the context when Docker did some of these.
    const bool known = wanted.contains(path) || base.contains(path) || in_volume(path) || base_name(path) == "Dockerfile";
    CHECK(known);
  }
  for (const auto& [path, expected] : wanted.items()) {
    CAPTURE(path);
    const auto found = tree.find(path);
    REQUIRE(found != tree.end());
    const image::EntryMeta& meta = found->second.meta;
    const std::string type = json_string(expected, "t");
    const auto mode = static_cast<std::uint32_t>(std::stoul(json_string(expected, "mode").substr(2), nullptr, 8));
    CHECK(meta.uid == json_int(expected, "uid"));
    CHECK(meta.gid == json_int(expected, "gid"));
    if (type == "f") {
      CHECK(meta.type == image::EntryType::File);
      CHECK(hasher.sha256_hex(found->second.content) == json_string(expected, "sha256"));
    } else if (type == "d") {
      CHECK(meta.type == image::EntryType::Directory);
    } else {
      CHECK(meta.type == image::EntryType::Symlink);
      CHECK(meta.link_target == json_string(expected, "link"));
    }
    if (type != "l") CHECK(meta.mode == mode);
  }
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
    for (const char* path : {"bin", "etc", "root", "tmp", "usr", "usr/bin", "usr/sbin", "var"}) base.push_back(directory(path, 0755));
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
    const image::RunConfig& config = record.config.config;
    CHECK(config.env.value_or(image::StringList{}) == json_strings(expected["config"], "Env"));
    CHECK(config.cmd.value_or(image::StringList{}) == json_strings(expected["config"], "Cmd"));
    CHECK(config.working_dir == json_string(expected["config"], "WorkingDir"));
    CHECK(config.user == json_string(expected["config"], "User"));
    std::vector<std::string> history;
    for (const auto& row_of : record.config.history) history.push_back(golden_normal(row_of.created_by));
    std::vector<std::string> wanted = json_strings(expected, "history_created_by");
    if (!wanted.empty() && wanted[0].empty()) wanted.erase(wanted.begin());  // the imported base
    CHECK(history == wanted);
    check_files(host.trees[record.id], expected["fs_changed"], host.trees[host.images.front().id], config.volumes.value_or(std::set<std::string>()), host.hasher());
  }
  MESSAGE("left to the Linux world: " << left_out << " cases with a RUN");
  CHECK(played >= 61);
}
