// Small files of a layer are written by several threads: what is on the disk is still what one thread would have written, entry by entry.
#include <sys/stat.h>

#include <filesystem>
#include <map>
#include <random>
#include <sstream>

#include "linux/snapshot/file_writers.hpp"
#include "tests/unit/linux/raw_tar.hpp"
#include "tests/unit/linux/store_fixture.hpp"

using namespace strates;
using namespace strates::testing;
namespace fs = std::filesystem;

namespace {

constexpr size_t kMoreThanSmall = linux_world::FileWriters::kSmall + 1;

// Path to "dir", "link TARGET" or "file CONTENT".
using Tree = std::map<std::string, std::string>;

bool is_inside(const std::string& path, const std::string& directory) { return path.starts_with(directory + "/"); }

// What the last word of an archive's entries is.
class Model {
 public:
  Tree tree;

  void put(const std::string& path, const std::string& what) {
    for (size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) tree.emplace(path.substr(0, slash), "dir");
    const auto there = tree.find(path);
    if (what == "dir" && there != tree.end() && there->second == "dir") return;
    std::erase_if(tree, [&](const auto& entry) { return entry.first == path || is_inside(entry.first, path); });
    tree[path] = what;
  }
  // May an entry have this path, without going through what is no directory?
  bool reaches(const std::string& path) const {
    for (size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
      const auto there = tree.find(path.substr(0, slash));
      if (there != tree.end() && there->second != "dir") return false;
    }
    return true;
  }
};

std::string read_whole(const fs::path& path) {
  std::ostringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return out.str();
}

Tree tree_of(const fs::path& top) {
  Tree found;
  for (const auto& entry : fs::recursive_directory_iterator(top)) {
    const std::string path = entry.path().lexically_relative(top);
    if (entry.is_symlink()) found[path] = "link " + fs::read_symlink(entry.path()).string();
    else if (entry.is_directory()) found[path] = "dir";
    else found[path] = "file " + read_whole(entry.path());
  }
  return found;
}

Tree unpacked(const std::vector<Raw>& entries) {
  LinuxStore store;
  StringSource source(raw_tar(entries));
  const auto info = must(store.snapshots->import_layer({}, source, [](Payload) {}));
  return tree_of(store.directory.path + "/layers/" + info.chain_id.str().substr(7) + "/diff");
}

}  // namespace

TEST_CASE("of entries with one name the last stays, whatever it follows") {
  if (!is_root("entries of one name")) return;
  std::mt19937 random(20260101);
  const auto below = [&](unsigned most) { return static_cast<unsigned>(random() % most); };
  for (int archive = 0; archive < 40; ++archive) {
    std::vector<Raw> entries;
    Model model;
    while (entries.size() < 400) {
      std::string path(1, static_cast<char>('a' + below(4)));
      for (unsigned depth = below(3); depth > 0; --depth) path += std::string("/") + static_cast<char>('a' + below(4));
      if (!model.reaches(path)) continue;
      const std::string number = std::to_string(entries.size());
      switch (below(12)) {
        case 0: entries.push_back({path, "", '5'}), model.put(path, "dir"); break;
        case 1: entries.push_back({path, number, '2'}), model.put(path, "link " + number); break;
        case 2: {
          const std::string large = number + std::string(kMoreThanSmall, 'x');
          entries.push_back({path, "", '0', large}), model.put(path, "file " + large);
          break;
        }
        case 3: {
          // A hard link to any file that is there and stays.
          std::vector<std::string> files;
          for (const auto& [name, what] : model.tree)
            if (what.starts_with("file ") && name != path && !is_inside(name, path)) files.push_back(name);
          if (files.empty()) break;
          const std::string target = files[below(static_cast<unsigned>(files.size()))];
          entries.push_back({path, target, '1'}), model.put(path, std::string(model.tree.at(target)));
          break;
        }
        default: entries.push_back({path, "", '0', number}), model.put(path, "file " + number);
      }
    }
    const Tree found = unpacked(entries);
    if (found != model.tree) {
      for (const auto& [path, what] : model.tree)
        if (!found.contains(path) || found.at(path) != what) MESSAGE("archive " << archive << ": " << path << " is not " << what.substr(0, 20));
      for (const auto& [path, what] : found)
        if (!model.tree.contains(path)) MESSAGE("archive " << archive << ": " << path << " should not be there");
    }
    REQUIRE((found == model.tree));
  }
}

TEST_CASE("many directories with many files are whole, with the times that their entries say") {
  if (!is_root("many files")) return;
  std::vector<Raw> entries;
  Tree expected;
  for (int directory = 0; directory < 60; ++directory) {
    const std::string path = "d" + std::to_string(directory);
    entries.push_back({path, "", '5'});
    expected[path] = "dir";
    for (int file = 0; file < 50; ++file) {
      const std::string name = path + "/" + std::to_string(file), content(static_cast<size_t>(file) * 97, static_cast<char>('a' + file % 26));
      entries.push_back({name, "", '0', content});
      expected[name] = "file " + content;
    }
  }
  LinuxStore store;
  StringSource source(raw_tar(entries));
  const auto info = must(store.snapshots->import_layer({}, source, [](Payload) {}));
  const std::string top = store.directory.path + "/layers/" + info.chain_id.str().substr(7) + "/diff";
  CHECK((tree_of(top) == expected));
  CHECK(info.entries == 60 * 51);
  for (const auto& [path, what] : expected) {
    struct stat st{};
    REQUIRE(::lstat((top + "/" + path).c_str(), &st) == 0);
    CHECK_MESSAGE(st.st_mtim.tv_sec == 1'600'000'000, path);
    CHECK_MESSAGE((st.st_mode & 0777) == 0644, path);
  }
}

TEST_CASE("a file that cannot be written is told by the thread that wrote it") {
  if (!is_root("files that cannot be written")) return;
  LinuxStore store;
  const UniqueFd top = must(linux_world::open_directory(store.directory.path));
  const auto made = [&](const std::string& name) {
    REQUIRE(::mkdirat(top.get(), name.c_str(), 0700) == 0);
    return std::make_shared<const UniqueFd>(must(linux_world::open_directory_at(top.get(), name)));
  };
  linux_world::FileWriters writers;
  image::EntryMeta meta;
  meta.type = image::EntryType::File;
  meta.mode = 0644;
  for (int directory = 0; directory < 8; ++directory) {
    const std::string name = "w" + std::to_string(directory);
    const auto parent = made(name);
    // One of them is a directory already: no file takes its place unasked.
    if (directory == 5) REQUIRE(::mkdirat(parent->get(), "3", 0700) == 0);
    for (int file = 0; file < 5; ++file) {
      const std::string number = std::to_string(file);
      const auto added = writers.add(name, parent, {number, name + "/" + number, "content", meta});
      CHECK((added.ok() || directory > 5));
    }
    CHECK(writers.owes(name));
  }
  const auto settled = writers.settle();
  REQUIRE(!settled.ok());
  CHECK(settled.error().object == "w5/3");
  CHECK(settled.error().code == "system.EISDIR");
  CHECK(read_whole(store.directory.path + "/w0/4") == "content");
}
