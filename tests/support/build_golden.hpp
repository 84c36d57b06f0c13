// The builds that a real Docker 20.10 did (conformance/build-golden): read at test time, never copied.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "engine/ports.hpp"
#include "image/config.hpp"
#include "image/layer.hpp"
#include "tests/support/places.hpp"

namespace strates::testing {

namespace fs = std::filesystem;

struct GoldenFile {
  std::string path, content;
  image::EntryMeta meta;
};

struct GoldenBuild {
  std::string name, file_name, dockerfile;
  std::vector<GoldenFile> context;  // with the Dockerfile
  std::vector<std::pair<std::string, std::optional<std::string>>> arguments;
  Json expected;
  bool runs() const {  // holds a RUN
    std::istringstream lines(dockerfile);
    for (std::string line; std::getline(lines, line);)
      if (to_upper(trim(line)).starts_with("RUN ")) return true;
    return false;
  }
};

inline std::string golden_folder() {
  if (const char* named = std::getenv("STRATES_CONFORMANCE")) return named;
  return source_dir() + "/../shared/conformance";
}

inline std::string whole_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream out;
  out << in.rdbuf();
  return out.str();
}

inline GoldenFile golden_entry(std::string path, std::string content, std::uint32_t mode, image::EntryType type = image::EntryType::File) {
  GoldenFile out{std::move(path), std::move(content), {}};
  out.meta.type = type;
  out.meta.mode = mode;
  out.meta.mtime = 1'600'000'000 * kSecond;
  if (type == image::EntryType::Symlink) out.meta.link_target = std::exchange(out.content, "");
  out.meta.size = type == image::EntryType::File ? out.content.size() : 0;
  return out;
}

// The table's contexts have lost their modes, which its results tell: 664 and 775. Links have become files that hold their target.
inline std::vector<GoldenFile> golden_context(const fs::path& root) {
  const auto was_link = [](const fs::path& path) {
    const std::string text = whole_file(path);
    return !text.empty() && text.size() < 64 && text.find('\n') == std::string::npos && text.find('\0') == std::string::npos && text != path.filename() &&
           fs::exists(path.parent_path() / text);
  };
  std::vector<GoldenFile> out;
  for (const auto& found : fs::recursive_directory_iterator(root)) {
    const std::string path = fs::relative(found.path(), root).string();
    if (found.is_regular_file() && was_link(found.path())) out.push_back(golden_entry(path, whole_file(found.path()), 0777, image::EntryType::Symlink));
    else if (found.is_directory()) out.push_back(golden_entry(path, "", 0775, image::EntryType::Directory));
    else out.push_back(golden_entry(path, whole_file(found.path()), 0664));
  }
  return out;
}

// Empty: the table is not on this machine.
inline std::vector<GoldenBuild> golden_builds() {
  std::vector<GoldenBuild> out;
  std::ifstream table(golden_folder() + "/build-golden/buildah-cases.jsonl");
  for (std::string line; std::getline(table, line);) {
    const Json row = Json::parse(line);
    GoldenBuild build;
    build.name = json_string(row, "name");
    build.file_name = json_string(row, "dockerfile_name", "Dockerfile");
    const fs::path root = fs::path(golden_folder()) / "build-golden/contexts" / json_string(row, "context");
    const bool has_text = row["dockerfile_text"].is_string();
    build.dockerfile = has_text ? json_string(row, "dockerfile_text") : whole_file(root / build.file_name);
    if (row["context"].is_string()) build.context = golden_context(root);
    if (has_text) {
      std::erase_if(build.context, [&](const GoldenFile& entry) { return entry.path == build.file_name; });
      build.context.push_back(golden_entry(build.file_name, build.dockerfile, 0664));
    }
    if (row["build_args"].is_object())
      for (const auto& [key, value] : row["build_args"].items()) build.arguments.emplace_back(key, value.get<std::string>());
    build.expected = row["expected"];
    out.push_back(std::move(build));
  }
  return out;
}

inline std::string golden_tar(std::vector<GoldenFile> entries) {
  std::sort(entries.begin(), entries.end(), [](const GoldenFile& a, const GoldenFile& b) { return image::layer_path_less(a.path, b.path); });
  StringSink sink;
  image::TarWriter writer(sink, {});
  for (const GoldenFile& entry : entries) {
    StringSource content(entry.content);
    ignore(writer.add({entry.path, entry.meta}, entry.meta.type == image::EntryType::File ? &content : nullptr));
  }
  ignore(writer.finish());
  return sink.bytes;
}

// As the table has it: no identifier. The dates, sizes and link counts of `ls -l` are a machine's, too.
inline std::string golden_normal(std::string text) {
  text = std::regex_replace(text, std::regex("\\b(sha256:)?[0-9a-f]{64}\\b"), "<sum>");
  return std::regex_replace(text, std::regex("\\b[0-9a-f]{12}\\b"), "<id>");
}
inline std::string golden_listing(const std::string& text) {
  static const std::regex kLine("([-dlbcps][-rwxsStT]{9}) +\\d+ +(\\S+) +(\\S+) +\\d+ +[A-Z][a-z]{2} +\\d+ +[\\d:]+ ");
  static const std::regex kTotal("\ntotal \\d+");
  return std::regex_replace(std::regex_replace(text, kLine, "$1 $2 $3 "), kTotal, "\ntotal");
}
// Which of a program's two streams is heard first is chance, in Docker too: where something came in red, the lines count and not their order.
inline std::vector<std::string> golden_lines(const std::string& text) {
  const std::string listing = golden_listing(text);
  if (listing.find("\x1b[91m") == std::string::npos) return {listing};
  std::vector<std::string> lines = split_lines(replace_all(replace_all(listing, "\x1b[91m", ""), "\x1b[0m", ""));
  std::sort(lines.begin(), lines.end());
  return lines;
}

using GoldenTree = std::map<std::string, GoldenFile>;

// What the image says of itself: configuration, number of layers, where each came from.
inline void check_golden_config(const image::ImageConfig& image, size_t layers, const Json& expected) {
  const Json& wanted = expected["config"];
  const image::RunConfig& config = image.config;
  CHECK(config.env.value_or(image::StringList{}) == json_strings(wanted, "Env"));
  CHECK(config.cmd.value_or(image::StringList{}) == json_strings(wanted, "Cmd"));
  CHECK(config.working_dir == json_string(wanted, "WorkingDir"));
  CHECK(config.user == json_string(wanted, "User"));
  std::set<std::string> volumes;
  for (const auto& [path, nothing] : json_member(wanted, "Volumes").items()) volumes.insert(path);
  CHECK(config.volumes.value_or(std::set<std::string>()) == volumes);
  std::vector<std::string> history;
  for (const auto& row : image.history) history.push_back(golden_normal(row.created_by));
  CHECK(history == json_strings(expected, "history_created_by"));
  CHECK(static_cast<std::int64_t>(layers) == json_int(expected, "n_layers"));
}

inline void check_golden_file(const GoldenFile& file, const Json& expected, engine::Hasher& hasher) {
  const std::string type = json_string(expected, "t");
  CHECK(file.meta.uid == json_int(expected, "uid"));
  CHECK(file.meta.gid == json_int(expected, "gid"));
  if (type == "l") {
    CHECK(file.meta.type == image::EntryType::Symlink);
    CHECK(file.meta.link_target == json_string(expected, "link"));
    return;
  }
  CHECK(file.meta.type == (type == "d" ? image::EntryType::Directory : image::EntryType::File));
  CHECK(file.meta.mode == static_cast<std::uint32_t>(std::stoul(json_string(expected, "mode").substr(2), nullptr, 8)));
  if (type == "f") CHECK(hasher.sha256_hex(file.content) == json_string(expected, "sha256"));
}

// All that Docker's image had, all that its base had, and no more.
inline void check_golden_files(const GoldenTree& tree, const Json& expected, const std::set<std::string>& base, engine::Hasher& hasher) {
  const Json& wanted = expected["fs_changed"];
  const bool from_scratch = json_bool(expected, "from_scratch");
  for (const auto& [path, file] : tree) {
    CAPTURE(path);
    // The Dockerfile itself lay beside the context when Docker did some of these.
    const bool known = wanted.contains(path) || (!from_scratch && base.contains(path)) || fs::path(path).filename() == "Dockerfile";
    CHECK(known);
  }
  REQUIRE(json_strings(expected, "fs_removed").empty());  // no build of the table takes anything away
  if (!from_scratch)
    for (const std::string& path : base) CHECK_MESSAGE(tree.contains(path), path);
  for (const auto& [path, file] : wanted.items()) {
    CAPTURE(path);
    const auto found = tree.find(path);
    CHECK(found != tree.end());
    if (found != tree.end()) check_golden_file(found->second, file, hasher);
  }
}

}  // namespace strates::testing
