// Builds that a real Docker 20.10 did: the same inputs, the same words, configuration, history and files.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

#include "base/json_full.hpp"
#include "builder_fake.hpp"
#include "tests/support/places.hpp"

using namespace strates;
using namespace strates::engine;
using namespace strates::engine::fake;

namespace {

namespace fs = std::filesystem;

std::string folder() {
  if (const char* named = std::getenv("STRATES_CONFORMANCE")) return named;
  return strates::testing::source_dir() + "/../shared/conformance";
}

std::string read_text(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream out;
  out << in.rdbuf();
  return out.str();
}

// The table's contexts have lost their modes, which its results tell: 664 and 775. Links have become files that hold their target.
bool was_link(const fs::path& path) {
  const std::string text = read_text(path);
  return !text.empty() && text.size() < 64 && text.find('\n') == std::string::npos && text.find('\0') == std::string::npos &&
         fs::exists(path.parent_path() / text);
}

std::vector<Entry> context_of(const fs::path& root) {
  std::vector<Entry> out;
  for (const auto& found : fs::recursive_directory_iterator(root)) {
    const std::string path = fs::relative(found.path(), root).string();
    if (found.is_regular_file() && was_link(found.path())) out.push_back(link_to(path, read_text(found.path())));
    else if (found.is_directory()) out.push_back(directory(path, 0775));
    else out.push_back({path, read_text(found.path()), file_meta(0664)});
  }
  return out;
}

// Why a case is not played here; empty: it is.
std::string left_out(const std::string& dockerfile) {
  std::istringstream lines(dockerfile);
  for (std::string line; std::getline(lines, line);) {
    const std::string upper = to_upper(trim(line));
    if (upper.starts_with("RUN ")) return "RUN needs real programs";
    if (upper.starts_with("ADD ")) return "ADD is not done yet";
    if (upper.find("--FROM=") != std::string::npos) return "COPY --from is not done yet";
    if (upper.starts_with("VOLUME ")) return "the table's files leave volumes out";
  }
  return "";
}

void check_files(const FakeTree& tree, const Json& wanted, Hasher& hasher) {
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
  std::ifstream table(folder() + "/build-golden/buildah-cases.jsonl");
  if (!table) {
    MESSAGE("skipped: no build-golden in " << folder());
    return;
  }
  int played = 0;
  std::map<std::string, int> reasons;
  for (std::string line; std::getline(table, line);) {
    const Json row = Json::parse(line);
    const std::string name = json_string(row, "name");
    CAPTURE(name);
    const std::string file_name = json_string(row, "dockerfile_name", "Dockerfile");
    const bool has_context = row["context"].is_string();
    const fs::path root = fs::path(folder()) / "build-golden/contexts" / json_string(row, "context");
    std::string dockerfile = json_string(row, "dockerfile_text");
    if (!row["dockerfile_text"].is_string()) dockerfile = read_text(root / file_name);
    if (const std::string reason = left_out(dockerfile); !reason.empty()) {
      ++reasons[reason];
      continue;
    }
    ++played;
    FakeHost host;
    std::vector<Entry> base;
    for (const char* path : {"bin", "etc", "root", "tmp", "usr", "usr/bin", "usr/sbin", "var"}) base.push_back(directory(path, 0755));
    for (const char* reference : {"mirror.gcr.io/busybox", "mirror.gcr.io/alpine", "quay.io/libpod/centos:7"}) host.add_base(reference, base);
    std::vector<Entry> context = has_context ? context_of(root) : std::vector<Entry>();
    if (row["dockerfile_text"].is_string()) {
      std::erase_if(context, [&](const Entry& entry) { return entry.path == file_name; });
      context.push_back({file_name, dockerfile, file_meta(0664)});
    }
    BuildRequest request;
    request.context = std::make_shared<StringSpool>(tar_of(context));
    request.dockerfile = file_name;
    request.no_cache = true;
    request.tags = {"g:x"};
    if (row["build_args"].is_object())
      for (const auto& [key, value] : row["build_args"].items()) request.build_args.emplace_back(key, value.get<std::string>());
    FakeOutput output;
    const auto image = run_build(host, request, output, 0);
    const Json& expected = row["expected"];
    const auto normal = [](std::string text) {
      text = std::regex_replace(text, std::regex("\\b(sha256:)?[0-9a-f]{64}\\b"), "<sum>");
      return std::regex_replace(text, std::regex("\\b[0-9a-f]{12}\\b"), "<id>");
    };
    CHECK(normal(output.text) == json_string(expected, "stdout"));
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
    for (const auto& row_of : record.config.history) history.push_back(normal(row_of.created_by));
    std::vector<std::string> wanted = json_strings(expected, "history_created_by");
    if (!wanted.empty() && wanted[0].empty()) wanted.erase(wanted.begin());  // the imported base
    CHECK(history == wanted);
    check_files(host.trees[record.id], expected["fs_changed"], host.hasher());
  }
  for (const auto& [reason, count] : reasons) MESSAGE("left out: " << count << " cases: " << reason);
  CHECK(played >= 40);
}
