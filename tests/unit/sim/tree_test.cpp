#include <map>

#include "sim/tree/tree.hpp"
#include "sim_support.hpp"

namespace strates::sim {

namespace {

Ref<Node> file(std::string text, std::uint64_t inode = 1) { return make_node({}, make_ref<Content>(std::move(text)), inode); }

Ref<Node> directory() {
  image::EntryMeta meta;
  meta.type = image::EntryType::Directory;
  meta.mode = 0755;
  return make_node(meta, {}, 1);
}

std::string text_of(const Tree& tree) {
  std::string text;
  tree.walk([&text](const std::string& path, const Node& node) { text += path + (node.is_directory() ? "/" : "=" + std::string(node.bytes())) + " "; });
  return text;
}

}  // namespace

TEST_CASE("a chunked map says what an ordered map says, and old copies stay") {
  ChunkMap<int> map;
  std::map<std::string, int> model;
  std::vector<std::pair<ChunkMap<int>, std::map<std::string, int>>> kept;
  std::uint64_t random = 42;
  for (int i = 0; i < 20'000; ++i) {
    random = random * 6364136223846793005U + 1442695040888963407U;
    const std::string name = "n" + std::to_string((random >> 33) % 700);
    if ((random >> 60) < 6) {
      CHECK(map.erase(name) == (model.erase(name) == 1));
    } else {
      map.put(name, i);
      model[name] = i;
    }
    if (i % 1000 == 0) kept.emplace_back(map, model);
  }
  kept.emplace_back(map, model);
  for (const auto& [one, expected] : kept) {
    REQUIRE(one.size() == expected.size());
    auto at = expected.begin();
    one.for_each([&at](const std::string& name, int value) {
      CHECK(name == at->first);
      CHECK(value == at->second);
      ++at;
    });
    for (const auto& [name, value] : expected) REQUIRE(*one.find(name) == value);
    CHECK(one.find("absent") == nullptr);
  }
}

TEST_CASE("names that come sorted fill their chunks, names that come backwards are kept in order") {
  for (const bool forward : {true, false}) {
    ChunkMap<int> map;
    for (int i = 0; i < 1000; ++i) map.put("k" + std::to_string(forward ? 10'000 + i : 11'000 - i), i);
    std::string last;
    map.for_each([&last](const std::string& name, int) {
      CHECK(last < name);
      last = name;
    });
    CHECK(map.size() == 1000);
  }
}

TEST_CASE("an old root never sees a later change") {
  Tree tree;
  tree.put("etc", directory());
  tree.put("etc/motd", file("salut", 2));
  const Tree old = tree;
  tree.edit("etc/motd")->content.edit().bytes = "changed";
  tree.put("etc/new", file("n", 3));
  tree.erase("etc/absent");
  CHECK(text_of(old) == "etc/ etc/motd=salut ");
  CHECK(text_of(tree) == "etc/ etc/motd=changed etc/new=n ");
  const Tree middle = tree;
  CHECK(tree.move("etc", "opt"));
  CHECK(text_of(middle) == "etc/ etc/motd=changed etc/new=n ");
  CHECK(text_of(tree) == "opt/ opt/motd=changed opt/new=n ");
}

TEST_CASE("names of one file share it across copies, each copy its own version") {
  Tree tree;
  tree.put("d", directory());
  tree.put("a", file("one", 5));
  CHECK(tree.link("a", "d/b"));
  CHECK(tree.link("d/b", "c"));
  const Tree old = tree;
  tree.edit("d/b")->content.edit().bytes = "two";
  CHECK(text_of(tree) == "a=two c=two d/ d/b=two ");
  CHECK(text_of(old) == "a=one c=one d/ d/b=one ");
  CHECK(tree.find("a")->links == 3);
  CHECK(tree.bytes() == 3);
  CHECK(tree.erase("d"));
  CHECK(tree.find("a")->links == 2);
  CHECK(old.find("a")->links == 3);
  tree.put("c", file("other", 9));
  CHECK(tree.find("a")->links == 1);
  CHECK(tree.erase("a"));
  CHECK(text_of(tree) == "c=other ");
}

TEST_CASE("a tree refuses what has no place") {
  Tree tree;
  tree.put("f", file("x"));
  CHECK(!tree.put("absent/x", file("x")));
  CHECK(!tree.put("f/x", file("x")));
  CHECK(!tree.put("", file("x")));
  CHECK(!tree.erase("absent"));
  CHECK(!tree.erase(""));
  CHECK(!tree.link("absent", "g"));
  CHECK(!tree.link("f", "absent/g"));
  CHECK(!tree.link("f", "f"));
  CHECK(!tree.move("f", "absent/g"));
  tree.put("d", directory());
  CHECK(!tree.link("d", "g"));
  CHECK(!tree.move("d", "d/e"));
  CHECK(tree.find("f/x") == nullptr);
  CHECK(tree.edit("f/x") == nullptr);
  CHECK(text_of(tree) == "d/ f=x ");
}

TEST_CASE("ten thousand kept roots of a large directory stay small and right") {
  Tree tree;
  tree.put("d", directory());
  for (int i = 0; i < 5'000; ++i) tree.put("d/" + std::to_string(i), file("x", static_cast<std::uint64_t>(i) + 10));
  std::vector<Tree> roots;
  for (int i = 0; i < 2'000; ++i) {
    roots.push_back(tree);
    tree.put("d/" + std::to_string(i), file(std::to_string(i), static_cast<std::uint64_t>(i) + 100'000));
  }
  CHECK(roots[1000].find("d/999")->bytes() == "999");
  CHECK(roots[1000].find("d/1000")->bytes() == "x");
  CHECK(roots[0].bytes() == 5'000);
}

}  // namespace strates::sim
