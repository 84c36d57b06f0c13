#include <doctest/doctest.h>

#include "adapters/bcrypt.hpp"
#include "base/base64.hpp"
#include "base/json_full.hpp"
#include "registry_support.hpp"

using namespace strates;
using namespace strates::registry::server;
using namespace strates::registry::server::test;

namespace {

// "student" with the password "s3cret", as `htpasswd -nbB` writes it.
struct Guarded {
  explicit Guarded(Anonymous anonymous) {
    users = std::make_shared<Users>(Users{{"student", adapters::bcrypt_hash("s3cret", 4).value()}});
    access = std::make_unique<Access>(AccessPorts{[this] { return std::shared_ptr<const Users>(users); },
                                                  [this](const std::string& password, const std::string& hash) {
                                                    ++checks;
                                                    return adapters::bcrypt_matches(password, hash);
                                                  },
                                                  hasher, random, clock},
                                      anonymous, "http");
    shop = std::make_unique<Shop>(folder.path(), Options{}, [this](Parts& parts) { parts.access = access.get(); });
  }
  HttpResponse ask(const std::string& method, const std::string& target, const std::string& authorization = {}) {
    HttpHeaders headers{{"Host", "class.local:5000"}};
    if (!authorization.empty()) headers.emplace_back("Authorization", authorization);
    return shop->ask(method, target, "", headers);
  }
  static std::string basic(const std::string& name, const std::string& password) { return "Basic " + base64_encode(name + ":" + password); }

  Folder folder;
  adapters::OpensslHasher hasher;
  adapters::SystemRandom random;
  ManualClock clock;
  std::shared_ptr<Users> users;
  std::unique_ptr<Access> access;
  std::unique_ptr<Shop> shop;
  int checks = 0;
};

}  // namespace

TEST_CASE("without a login nothing is given, and a wrong password is refused") {
  Guarded g(Anonymous::Nothing);
  for (const char* target : {"/v2/", "/v2/_catalog", "/v2/a/manifests/v1", "/v2/a/tags/list", "/v1/search?q=a"}) {
    const auto answer = g.ask("GET", target);
    CHECK(answer.status == 401);
    CHECK(code_of(answer) == "UNAUTHORIZED");
    CHECK(header(answer, "WWW-Authenticate") == "Basic realm=\"strates\"");
  }
  CHECK(g.ask("GET", "/v2/", Guarded::basic("student", "s3cret")).status == 200);
  CHECK(g.ask("POST", "/v2/a/blobs/uploads/", Guarded::basic("student", "s3cret")).status == 202);
  for (const auto& wrong : {Guarded::basic("student", "secret"), Guarded::basic("nobody", "s3cret"), Guarded::basic("student", ""), std::string("Basic !!!"), std::string("Basic"),
                            std::string("Bearer x"), "Basic " + base64_encode("student")}) {
    CAPTURE(wrong);
    CHECK(g.ask("GET", "/v2/", wrong).status == 401);
    CHECK(code_of(g.ask("POST", "/v2/a/blobs/uploads/", wrong)) == "UNAUTHORIZED");
  }
}

TEST_CASE("anonymous clients read by a token, and only those who log in write") {
  Guarded g(Anonymous::Read);
  const auto knock = g.ask("GET", "/v2/");
  CHECK(knock.status == 401);
  CHECK(header(knock, "WWW-Authenticate") == "Bearer realm=\"http://class.local:5000/token\",service=\"strates\"");
  const auto token_of = [](const HttpResponse& answer) { return "Bearer " + json_string(parse_json(body_of(answer)).value(), "token"); };
  const auto anonymous = g.ask("GET", "/token?service=strates&scope=repository:a:pull");
  REQUIRE(anonymous.status == 200);
  CHECK(g.ask("GET", "/v2/", token_of(anonymous)).status == 200);
  CHECK(g.ask("GET", "/v2/a/tags/list", token_of(anonymous)).status == 404);
  CHECK(g.ask("GET", "/v2/a/tags/list").status == 404);  // a client that reads without asking
  // A token that is not enough is told as that, with what was asked for: Docker's client gives up at once, and says why.
  const auto denied = g.ask("POST", "/v2/a/blobs/uploads/", token_of(anonymous));
  CHECK(denied.status == 401);
  CHECK(header(denied, "WWW-Authenticate") ==
        "Bearer realm=\"http://class.local:5000/token\",service=\"strates\",scope=\"repository:a:pull,push\",error=\"insufficient_scope\"");
  CHECK(body_of(denied).find(R"("detail":[{"Type":"repository","Class":"","Name":"a","Action":"pull"},{"Type":"repository","Class":"","Name":"a","Action":"push"}])") != std::string::npos);
  CHECK(header(g.ask("POST", "/v2/a/blobs/uploads/"), "WWW-Authenticate").ends_with(",scope=\"repository:a:pull,push\""));
  CHECK(g.ask("POST", "/v2/a/blobs/uploads/").status == 401);
  CHECK(g.ask("GET", "/token", Guarded::basic("student", "wrong")).status == 401);
  const auto mine = g.ask("GET", "/token", Guarded::basic("student", "s3cret"));
  REQUIRE(mine.status == 200);
  CHECK(g.ask("POST", "/v2/a/blobs/uploads/", token_of(mine)).status == 202);
  CHECK(g.ask("GET", "/token", token_of(mine)).status == 401);  // a token is not traded for a newer one
  std::string forged = token_of(anonymous);
  forged[forged.find(".r.") + 1] = 'w';
  CHECK(g.ask("POST", "/v2/a/blobs/uploads/", forged).status == 401);
  g.clock.at += 600 * kSecond;
  CHECK(g.ask("POST", "/v2/a/blobs/uploads/", token_of(mine)).status == 401);
}

TEST_CASE("a right password is compared once in a while, a changed one at once") {
  Guarded g(Anonymous::Nothing);
  for (int i = 0; i < 5; ++i) CHECK(g.ask("GET", "/v2/", Guarded::basic("student", "s3cret")).status == 200);
  CHECK(g.checks == 1);
  (*g.users)["student"] = adapters::bcrypt_hash("other", 4).value();
  CHECK(g.ask("GET", "/v2/", Guarded::basic("student", "s3cret")).status == 401);
  g.users->clear();
  CHECK(g.ask("GET", "/v2/", Guarded::basic("student", "other")).status == 401);
}

TEST_CASE("a name that is nobody's costs the comparison that somebody's does") {
  Guarded g(Anonymous::Nothing);
  std::vector<std::string> hashes;
  Access access(AccessPorts{[&] { return std::shared_ptr<const Users>(g.users); },
                            [&](const std::string&, const std::string& hash) {
                              hashes.push_back(hash);
                              return false;
                            },
                            g.hasher, g.random, g.clock},
                Anonymous::Nothing, "http");
  for (const char* name : {"student", "nobody"}) {
    HttpRequest request{"GET", "/v2/", {}, {{"Authorization", Guarded::basic(name, "x")}}, nullptr};
    CHECK(access.refuse(request, Right::Read).has_value());
  }
  REQUIRE(hashes.size() == 2);
  CHECK(hashes[0] == hashes[1]);
}

TEST_CASE("htpasswd files are read line by line, bcrypt only") {
  const std::string hash = adapters::bcrypt_hash("x", 4).value();
  CHECK(hash.starts_with("$2y$04$"));
  const auto users = parse_htpasswd("# class\n\nann:" + hash + "\nbob:" + hash + "\n");
  REQUIRE(users.ok());
  CHECK(users.value().size() == 2);
  CHECK(parse_htpasswd("ann").error().code == "htpasswd.syntax");
  CHECK(parse_htpasswd("ann:$apr1$x$y").error().code == "htpasswd.hash");
  CHECK(parse_htpasswd("ann:{SHA}x").error().code == "htpasswd.hash");
  CHECK_FALSE(adapters::bcrypt_matches("x", "$apr1$x$y"));
  CHECK(adapters::bcrypt_matches("x", hash));
  CHECK_FALSE(adapters::bcrypt_matches("y", hash));
}
