#include <doctest/doctest.h>

#include <algorithm>
#include <future>

#include "base/json_full.hpp"
#include "registry_support.hpp"

using namespace strates;
using namespace strates::registry::server;
using namespace strates::registry::server::test;

TEST_CASE("a registry that is opened again has what was pushed, and its folder is an OCI layout") {
  Folder folder;
  std::string digest;
  {
    Shop shop(folder.path());
    digest = push_image(shop, "class/web", "v1");
    CHECK(shop.ask("POST", "/v2/class/web/blobs/uploads/").status == 202);  // left under way
  }
  Shop shop(folder.path());
  const auto manifest = shop.ask("GET", "/v2/class/web/manifests/v1");
  CHECK(manifest.status == 200);
  CHECK(digest_of(body_of(manifest)) == digest);
  FILE* file = fopen((folder.path() + "/index.json").c_str(), "r");
  REQUIRE(file != nullptr);
  char text[2000] = "";
  CHECK(fread(text, 1, sizeof text - 1, file) > 0);
  fclose(file);
  CHECK(std::string(text).find("class/web:v1") != std::string::npos);
  CHECK(std::string(text).find(digest) != std::string::npos);
}

TEST_CASE("a collection takes what nothing needs, and only that") {
  Folder folder;
  Shop shop(folder.path());
  push_image(shop, "a", "v1", "kept");
  const std::string old = push_image(shop, "a", "v2", "dropped");
  const std::string loose = push_blob(shop, "a", "nobody needs this");
  CollectOptions now;
  now.grace = 0;
  shop.clock.at += kSecond;
  const auto before = shop.contents->blobs().list().value().size();

  SUBCASE("an untagged manifest stays unless it is asked to go") {
    CHECK(shop.ask("DELETE", "/v2/a/manifests/v2").status == 202);
    auto report = shop.contents->collect(now);
    REQUIRE(report.ok());
    CHECK(report.value().blobs == 1);  // the loose one
    CHECK(shop.ask("GET", "/v2/a/manifests/" + old).status == 200);
    now.untagged = Untagged::Remove;
    report = shop.contents->collect(now);
    REQUIRE(report.ok());
    CHECK(report.value().manifests == 1);
    CHECK(report.value().blobs == 3);
    CHECK(shop.ask("GET", "/v2/a/manifests/" + old).status == 404);
    CHECK(shop.contents->blobs().list().value().size() == before - 4);
  }
  SUBCASE("what came a moment ago stays, because its manifest may be on its way") {
    now.grace = 3600 * kSecond;
    CHECK(shop.contents->collect(now).value().blobs == 0);
    shop.clock.at += 7200 * kSecond;
    CHECK(shop.contents->collect(now).value().blobs == 1);
  }
  SUBCASE("what a client was told to be there stays for it") {
    shop.clock.at += 7200 * kSecond;
    CHECK(shop.ask("HEAD", "/v2/a/blobs/" + loose).status == 200);
    now.grace = 3600 * kSecond;
    CHECK(shop.contents->collect(now).value().blobs == 0);
    shop.clock.at += 7200 * kSecond;
    CHECK(shop.contents->collect(now).value().blobs == 1);
  }
  const auto image = shop.ask("GET", "/v2/a/manifests/v1");
  CHECK(image.status == 200);
  const auto json = parse_json(body_of(image));
  CHECK(shop.ask("GET", "/v2/a/blobs/" + json.value()["layers"][0]["digest"].get<std::string>()).status == 200);
}

TEST_CASE("an index keeps its manifests, and a referrer goes with its subject") {
  Folder folder;
  Shop shop(folder.path());
  const std::string child = push_image(shop, "a", "child", "child");
  const auto descriptor = [](const std::string& digest) { return "{\"mediaType\":\"" + std::string(kManifestType) + "\",\"digest\":\"" + digest + "\",\"size\":10}"; };
  const std::string index = "{\"schemaVersion\":2,\"mediaType\":\"" + std::string(kIndexType) + "\",\"manifests\":[" + descriptor(child) + "]}";
  const std::string missing = "{\"schemaVersion\":2,\"mediaType\":\"" + std::string(kIndexType) + "\",\"manifests\":[" + descriptor(digest_of("x")) + "]}";
  CHECK(code_of(shop.ask("PUT", "/v2/a/manifests/multi", missing, {{"Content-Type", kIndexType}})) == "MANIFEST_BLOB_UNKNOWN");
  CHECK(shop.ask("PUT", "/v2/a/manifests/multi", index, {{"Content-Type", kIndexType}}).status == 201);
  push_blob(shop, "a", "{}");
  const std::string referring = manifest_json("{}", {}, ",\"subject\":" + descriptor(digest_of(index)));
  CHECK(shop.ask("PUT", "/v2/a/manifests/" + digest_of(referring), referring, {{"Content-Type", kManifestType}}).status == 201);
  CHECK(shop.ask("DELETE", "/v2/a/manifests/child").status == 202);
  shop.clock.at += kSecond;
  const CollectOptions all{Untagged::Remove, 0};
  CHECK(shop.contents->collect(all).value().manifests == 0);
  CHECK(shop.ask("GET", "/v2/a/manifests/" + child).status == 200);
  CHECK(shop.ask("DELETE", "/v2/a/manifests/multi").status == 202);
  CHECK(shop.contents->collect(all).value().manifests == 3);
  CHECK(shop.contents->blobs().list().value().empty());
}

TEST_CASE("uploads are bounded: in size, in number, in time") {
  Folder folder;
  Options options;
  options.largest_blob = 10;
  options.uploads = 2;
  options.largest_manifest = 100;
  Shop shop(folder.path(), options);
  const auto first = shop.ask("POST", "/v2/a/blobs/uploads/");
  const std::string at = header(first, "Location");
  CHECK(shop.ask("PATCH", at, "12345678").status == 202);
  const auto large = shop.ask("PATCH", at, "901");
  CHECK(large.status == 413);
  CHECK(code_of(large) == "SIZE_INVALID");
  CHECK(shop.ask("GET", at).status == 404);  // nothing half-kept
  CHECK(shop.ask("POST", "/v2/a/blobs/uploads/?digest=" + digest_of("12345678901"), "12345678901").status == 413);
  CHECK(shop.ask("PUT", "/v2/a/manifests/v1", std::string(101, ' '), {{"Content-Type", kManifestType}}).status == 413);
  CHECK(shop.ask("POST", "/v2/a/blobs/uploads/").status == 202);
  CHECK(shop.ask("POST", "/v2/a/blobs/uploads/").status == 202);
  CHECK(code_of(shop.ask("POST", "/v2/a/blobs/uploads/")) == "TOOMANYREQUESTS");
  shop.clock.at += 7200 * kSecond;
  CHECK(shop.ask("POST", "/v2/a/blobs/uploads/").status == 202);
  CHECK(shop.registry->uploads().count() == 1);
}

TEST_CASE("docker search finds names and descriptions, starred ones first") {
  Folder folder;
  Shop shop(folder.path(), {}, [](Parts& parts) {
    parts.search_facts = [] { return std::string(R"([{"name":"class/db","description":"a database for the web","stars":7,"official":true}])"); };
  });
  push_image(shop, "class/web", "v1");
  const auto found = parse_json(body_of(shop.ask("GET", "/v1/search?q=web&n=25"))).value();
  CHECK(found["num_results"] == 2);
  CHECK(found["results"][0]["name"] == "class/db");
  CHECK(found["results"][0]["star_count"] == 7);
  CHECK(found["results"][0]["is_official"] == true);
  CHECK(found["results"][1]["name"] == "class/web");
  CHECK(parse_json(body_of(shop.ask("GET", "/v1/search?q=web&n=1"))).value()["results"].size() == 1);
  CHECK(parse_json(body_of(shop.ask("GET", "/v1/search?q=nothing"))).value()["results"].empty());
}

TEST_CASE("how far an upload has come is told while another request writes into it") {
  Folder folder;
  Shop shop(folder.path());
  const std::string at = header(shop.ask("POST", "/v2/a/blobs/uploads/"), "Location");
  CHECK(shop.ask("PATCH", at, "12345").status == 202);
  const auto upload = shop.registry->uploads().find(at.substr(at.rfind('/') + 1), "a", shop.clock.now());
  REQUIRE(upload);
  std::unique_lock writing(upload->busy);
  const auto status = std::async(std::launch::async, [&] { return shop.ask("GET", at); }).get();
  CHECK(status.status == 204);
  CHECK(header(status, "Range") == "0-4");
  CHECK(std::async(std::launch::async, [&] { return shop.ask("PATCH", at, "6"); }).get().status == 409);
}

TEST_CASE("an error always has a detail, and an entity tag is known in every form") {
  Folder folder;
  Shop shop(folder.path());
  for (const char* target : {"/v2/a/manifests/none", "/v2/a/tags/list", "/v2/a/blobs/nonsense", "/nowhere"}) CHECK(parse_json(body_of(shop.ask("GET", target))).value()["errors"][0].contains("detail"));
  CHECK(shop.ask("GET", "/").status == 200);
  const std::string digest = push_image(shop, "a", "v1", "x");
  for (const std::string& tag : {digest, "\"" + digest + "\"", "W/\"" + digest + "\"", std::string("*"), "\"other\", \"" + digest + "\""})
    CHECK_MESSAGE(shop.ask("GET", "/v2/a/manifests/v1", "", {{"If-None-Match", tag}}).status == 304, tag);
  for (const std::string& tag : {std::string("\"other\""), digest + "0", std::string("\""), std::string()}) CHECK(shop.ask("GET", "/v2/a/manifests/v1", "", {{"If-None-Match", tag}}).status == 200);
}
