// The builds that a real Docker 20.10 did (conformance/build-golden): read at test time, never copied.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "base/json_full.hpp"
#include "base/strings.hpp"
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

}  // namespace strates::testing
