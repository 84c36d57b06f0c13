#include "engine/name_table.hpp"

#include <doctest/doctest.h>

using namespace strates;
using namespace strates::engine;

namespace {

IpAddress ip(const char* text) { return IpAddress::parse(text).value(); }

std::vector<std::string> texts(const std::optional<std::vector<IpAddress>>& found) {
  if (!found) return {"none"};
  std::vector<std::string> out;
  for (const auto& address : *found) out.push_back(address.text());
  return out;
}
using Names = std::vector<std::string>;

NameTable table() {
  NameTable out;
  out.set({{"n1", "front", {{"web", ip("10.0.0.2"), true}, {"app", ip("10.0.0.2"), false}, {"db", ip("10.0.0.3"), true}, {"app", ip("10.0.0.3"), false}}},
           {"n2", "back", {{"store", ip("10.1.0.2"), true}}}},
          {{ContainerId("a"), {"n1"}, {{"alias", "db"}}}, {ContainerId("b"), {"n2"}, {}}});
  return out;
}

}  // namespace

TEST_CASE("names are known inside their networks only") {
  NameTable names = table();
  const ContainerId a("a"), b("b");
  CHECK(texts(names.find(a, "web", false)) == Names{"10.0.0.2"});
  CHECK(texts(names.find(a, "WEB.", false)) == Names{"10.0.0.2"});
  CHECK(texts(names.find(a, "web.front", false)) == Names{"10.0.0.2"});
  CHECK(texts(names.find(a, "store", false)) == Names{"none"});
  CHECK(texts(names.find(b, "web", false)) == Names{"none"});
  CHECK(texts(names.find(ContainerId("stranger"), "web", false)) == Names{"none"});
  CHECK(texts(names.find(a, "alias", false)) == Names{"10.0.0.3"});
  CHECK(texts(names.find(a, "web", true)).empty());  // known, without an address of version 6
}

TEST_CASE("several that share a name are given in turn") {
  NameTable names = table();
  const ContainerId a("a");
  CHECK(texts(names.find(a, "app", false)) == Names{"10.0.0.2", "10.0.0.3"});
  CHECK(texts(names.find(a, "app", false)) == Names{"10.0.0.3", "10.0.0.2"});
  CHECK(texts(names.find(a, "app", false)) == Names{"10.0.0.2", "10.0.0.3"});
}

TEST_CASE("an address leads back to the container's name and its network's") {
  NameTable names = table();
  CHECK(names.name_of(ContainerId("a"), ip("10.0.0.3")) == "db.front");
  CHECK(names.name_of(ContainerId("a"), ip("10.1.0.2")) == std::nullopt);
}
