// The distribution specification's own conformance cases (opencontainers/distribution-spec, conformance/), written as a table: each line is one request and
// what it must bring. Steps go on from what the lines before left.
#include <doctest/doctest.h>

#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "registry_support.hpp"

using namespace strates;
using namespace strates::registry::server;
using namespace strates::registry::server::test;

namespace {

const std::string kConfig = "{\"architecture\":\"amd64\",\"os\":\"linux\"}", kLayer = "a layer that is long enough to be cut into chunks";
const std::string kManifest = manifest_json(kConfig, {kLayer});
const std::string kEmptyLayers = manifest_json(kConfig, {});
const std::string kReferring = manifest_json("{}", {}, ",\"artifactType\":\"application/vnd.example.sbom\",\"subject\":{\"mediaType\":\"" + std::string(kManifestType) + "\",\"digest\":\"" +
                                                           digest_of(kManifest) + "\",\"size\":" + std::to_string(kManifest.size()) + "},\"annotations\":{\"a\":\"b\"}");

struct Step {
  const char* what;
  const char* method;
  std::string target;  // {L}: the location that the last upload gave
  std::string body;
  HttpHeaders headers;
  int status;
  std::string code = {};  // of the error
  std::vector<std::pair<std::string, std::string>> gives = {};  // headers
  std::string answer = {};  // the body
};

std::string blob_at(const std::string& bytes) { return "/v2/a/b/blobs/" + digest_of(bytes); }

const std::vector<Step> kSteps = {
    {"the base says that this is a registry", "GET", "/v2/", "", {}, 200, "", {{"Docker-Distribution-API-Version", "registry/2.0"}}},
    // pull of what is not there
    {"a blob that is not there", "HEAD", "/v2/a/b/blobs/" + digest_of("nothing"), "", {}, 404},
    {"a blob that is not there", "GET", "/v2/a/b/blobs/" + digest_of("nothing"), "", {}, 404, "BLOB_UNKNOWN"},
    {"a manifest of no repository", "GET", "/v2/a/b/manifests/none", "", {}, 404, "MANIFEST_UNKNOWN"},
    {"tags of no repository", "GET", "/v2/a/b/tags/list", "", {}, 404, "NAME_UNKNOWN"},
    // monolithic: POST then PUT
    {"an upload begins", "POST", "/v2/a/b/blobs/uploads/", "", {{"Content-Length", "0"}}, 202, "", {{"Range", "0-0"}}},
    {"and ends with all bytes", "PUT", "{L}?digest=" + digest_of(kConfig), kConfig, {}, 201, "", {{"Location", blob_at(kConfig)}, {"Docker-Content-Digest", digest_of(kConfig)}}},
    {"the blob is there", "HEAD", blob_at(kConfig), "", {}, 200, "", {{"Docker-Content-Digest", digest_of(kConfig)}}},
    {"and is what was sent", "GET", blob_at(kConfig), "", {}, 200, "", {}, kConfig},
    {"the upload is over", "PUT", "{L}?digest=" + digest_of(kConfig), kConfig, {}, 404, "BLOB_UPLOAD_UNKNOWN"},
    // monolithic: one POST
    {"a POST with all bytes", "POST", "/v2/a/b/blobs/uploads/?digest=" + digest_of("{}"), "{}", {}, 201, "", {{"Location", blob_at("{}")}}},
    {"a POST with other bytes", "POST", "/v2/a/b/blobs/uploads/?digest=" + digest_of("{}"), "[]", {}, 400, "DIGEST_INVALID"},
    // chunks
    {"an upload in chunks begins", "POST", "/v2/a/b/blobs/uploads/", "", {}, 202},
    {"its second chunk first is refused", "PATCH", "{L}", kLayer.substr(10), {{"Content-Range", "10-" + std::to_string(kLayer.size() - 1)}}, 416, "BLOB_UPLOAD_INVALID"},
    {"its first chunk", "PATCH", "{L}", kLayer.substr(0, 10), {{"Content-Range", "0-9"}}, 202, "", {{"Range", "0-9"}}},
    {"where it is", "GET", "{L}", "", {}, 204, "", {{"Range", "0-9"}}},
    {"the first chunk again is refused", "PATCH", "{L}", kLayer.substr(0, 10), {{"Content-Range", "0-9"}}, 416, "BLOB_UPLOAD_INVALID", {{"Range", "0-9"}}},
    {"a chunk of another length is refused", "PATCH", "{L}", kLayer.substr(10), {{"Content-Range", "10-12"}}, 400, "SIZE_INVALID"},
    {"a malformed range is refused", "PATCH", "{L}", kLayer.substr(10), {{"Content-Range", "bytes 10-12"}}, 416, "BLOB_UPLOAD_INVALID"},
    {"its last chunk comes with the end", "PUT", "{L}?digest=" + digest_of(kLayer), kLayer.substr(10), {{"Content-Range", "10-" + std::to_string(kLayer.size() - 1)}}, 201},
    {"it is what was sent", "GET", blob_at(kLayer), "", {}, 200, "", {}, kLayer},
    {"a PUT without its digest", "POST", "/v2/a/b/blobs/uploads/", "", {}, 202},
    {"is refused", "PUT", "{L}", "", {}, 400, "DIGEST_INVALID"},
    {"an upload is cancelled", "DELETE", "{L}", "", {}, 204},
    {"and is gone", "GET", "{L}", "", {}, 404, "BLOB_UPLOAD_UNKNOWN"},
    // ranges
    {"a part of a blob", "GET", blob_at(kLayer), "", {{"Range", "bytes=2-6"}}, 206, "", {{"Content-Range", "bytes 2-6/" + std::to_string(kLayer.size())}}, kLayer.substr(2, 5)},
    {"from a byte on", "GET", blob_at(kLayer), "", {{"Range", "bytes=40-"}}, 206, "", {}, kLayer.substr(40)},
    {"its last bytes", "GET", blob_at(kLayer), "", {{"Range", "bytes=-4"}}, 206, "", {}, kLayer.substr(kLayer.size() - 4)},
    {"beyond its end", "GET", blob_at(kLayer), "", {{"Range", "bytes=4000-"}}, 416, "SIZE_INVALID", {{"Content-Range", "bytes */" + std::to_string(kLayer.size())}}},
    {"several parts: the whole", "GET", blob_at(kLayer), "", {{"Range", "bytes=0-1,4-5"}}, 200, "", {}, kLayer},
    {"a blob that the client has", "GET", blob_at(kLayer), "", {{"If-None-Match", "\"" + digest_of(kLayer) + "\""}}, 304},
    // mounts
    {"a mount from where it is", "POST", "/v2/c/d/blobs/uploads/?mount=" + digest_of(kLayer) + "&from=a/b", "", {}, 201, "", {{"Location", "/v2/c/d/blobs/" + digest_of(kLayer)}}},
    {"it is there now", "HEAD", "/v2/c/d/blobs/" + digest_of(kLayer), "", {}, 200},
    {"a mount of what is nowhere", "POST", "/v2/c/d/blobs/uploads/?mount=" + digest_of("nowhere") + "&from=a/b", "", {}, 202},
    {"a mount without a source finds it", "POST", "/v2/c/d/blobs/uploads/?mount=" + digest_of(kConfig), "", {}, 201},
    // manifests
    {"a manifest whose blobs are not there", "PUT", "/v2/x/manifests/v1", kManifest, {{"Content-Type", kManifestType}}, 400, "MANIFEST_BLOB_UNKNOWN"},
    {"a manifest by tag", "PUT", "/v2/a/b/manifests/v1", kManifest, {{"Content-Type", kManifestType}}, 201, "", {{"Docker-Content-Digest", digest_of(kManifest)}, {"Location", "/v2/a/b/manifests/" + digest_of(kManifest)}}},
    {"the same by digest", "PUT", "/v2/a/b/manifests/" + digest_of(kManifest), kManifest, {{"Content-Type", kManifestType}}, 201},
    {"by another's digest", "PUT", "/v2/a/b/manifests/" + digest_of("x"), kManifest, {{"Content-Type", kManifestType}}, 400, "DIGEST_INVALID"},
    {"without layers", "PUT", "/v2/a/b/manifests/empty", kEmptyLayers, {{"Content-Type", kManifestType}}, 201},
    {"another tag", "PUT", "/v2/a/b/manifests/v2", kManifest, {{"Content-Type", kManifestType}}, 201},
    {"under a type it is not", "PUT", "/v2/a/b/manifests/v3", kManifest, {{"Content-Type", kIndexType}}, 400, "MANIFEST_INVALID"},
    {"what is no manifest", "PUT", "/v2/a/b/manifests/v3", "blablabla", {{"Content-Type", kManifestType}}, 400, "MANIFEST_INVALID"},
    {"what is cut off", "PUT", "/v2/a/b/manifests/v3", kManifest.substr(0, 50), {{"Content-Type", kManifestType}}, 400, "MANIFEST_INVALID"},
    {"under no tag", "PUT", "/v2/a/b/manifests/.INVALID_MANIFEST_NAME", kManifest, {{"Content-Type", kManifestType}}, 400, "MANIFEST_INVALID"},
    {"it is there", "HEAD", "/v2/a/b/manifests/v1", "", {}, 200, "", {{"Docker-Content-Digest", digest_of(kManifest)}, {"Content-Type", kManifestType}}},
    {"to the byte", "GET", "/v2/a/b/manifests/v1", "", {}, 200, "", {{"Content-Type", kManifestType}}, kManifest},
    {"by digest", "GET", "/v2/a/b/manifests/" + digest_of(kManifest), "", {}, 200, "", {}, kManifest},
    {"a tag that is not there", "GET", "/v2/a/b/manifests/none", "", {}, 404, "MANIFEST_UNKNOWN"},
    {"a digest that is not there", "GET", "/v2/a/b/manifests/" + digest_of("none"), "", {}, 404, "MANIFEST_UNKNOWN"},
    {"a malformed digest", "GET", "/v2/a/b/manifests/sha256:totallywrong", "", {}, 400, "DIGEST_INVALID"},
    {"a malformed name", "GET", "/v2/A/b/manifests/v1", "", {}, 400, "NAME_INVALID"},
    // lists
    {"the tags", "GET", "/v2/a/b/tags/list", "", {}, 200, "", {}, "{\"name\":\"a/b\",\"tags\":[\"empty\",\"v1\",\"v2\"]}\n"},
    {"some of them", "GET", "/v2/a/b/tags/list?n=2", "", {}, 200, "", {{"Link", "</v2/a/b/tags/list?last=v1&n=2>; rel=\"next\""}}, "{\"name\":\"a/b\",\"tags\":[\"empty\",\"v1\"]}\n"},
    {"the rest", "GET", "/v2/a/b/tags/list?n=2&last=v1", "", {}, 200, "", {{"Link", ""}}, "{\"name\":\"a/b\",\"tags\":[\"v2\"]}\n"},
    {"none of them", "GET", "/v2/a/b/tags/list?n=0", "", {}, 200, "", {{"Link", ""}}, "{\"name\":\"a/b\",\"tags\":[]}\n"},
    {"a number that is none", "GET", "/v2/a/b/tags/list?n=-1", "", {}, 400, "PAGINATION_NUMBER_INVALID"},
    {"the repositories", "GET", "/v2/_catalog", "", {}, 200, "", {}, "{\"repositories\":[\"a/b\",\"c/d\"]}\n"},
    {"one of them", "GET", "/v2/_catalog?n=1", "", {}, 200, "", {{"Link", "</v2/_catalog?last=a%2Fb&n=1>; rel=\"next\""}}, "{\"repositories\":[\"a/b\"]}\n"},
    // referrers
    {"nothing refers to it", "GET", "/v2/a/b/referrers/" + digest_of(kManifest), "", {}, 200, "", {{"Content-Type", kIndexType}}},
    {"a manifest that refers to another", "PUT", "/v2/a/b/manifests/" + digest_of(kReferring), kReferring, {{"Content-Type", kManifestType}}, 201, "", {{"OCI-Subject", digest_of(kManifest)}}},
    {"is found", "GET", "/v2/a/b/referrers/" + digest_of(kManifest), "", {}, 200, "", {{"OCI-Filters-Applied", ""}},
     "{\"schemaVersion\":2,\"mediaType\":\"" + std::string(kIndexType) + "\",\"manifests\":[{\"mediaType\":\"" + kManifestType + "\",\"digest\":\"" + digest_of(kReferring) + "\",\"size\":" +
         std::to_string(kReferring.size()) + ",\"annotations\":{\"a\":\"b\"},\"artifactType\":\"application/vnd.example.sbom\"}]}"},
    {"by its type", "GET", "/v2/a/b/referrers/" + digest_of(kManifest) + "?artifactType=application/vnd.other", "", {}, 200, "", {{"OCI-Filters-Applied", "artifactType"}},
     "{\"schemaVersion\":2,\"mediaType\":\"" + std::string(kIndexType) + "\",\"manifests\":[]}"},
    {"a malformed subject", "GET", "/v2/a/b/referrers/sha256:x", "", {}, 400, "DIGEST_INVALID"},
    // deleting
    {"a blob in use stays", "DELETE", blob_at(kLayer), "", {}, 405, "UNSUPPORTED"},
    {"a tag goes", "DELETE", "/v2/a/b/manifests/v2", "", {}, 202},
    {"and is gone", "GET", "/v2/a/b/manifests/v2", "", {}, 404, "MANIFEST_UNKNOWN"},
    {"the manifest is still there", "GET", "/v2/a/b/manifests/v1", "", {}, 200},
    {"it goes with its tags", "DELETE", "/v2/a/b/manifests/" + digest_of(kManifest), "", {}, 202},
    {"by digest", "GET", "/v2/a/b/manifests/" + digest_of(kManifest), "", {}, 404, "MANIFEST_UNKNOWN"},
    {"and by tag", "HEAD", "/v2/a/b/manifests/v1", "", {}, 404},
    {"twice", "DELETE", "/v2/a/b/manifests/" + digest_of(kManifest), "", {}, 404, "MANIFEST_UNKNOWN"},
    {"the layer goes now", "DELETE", blob_at(kLayer), "", {}, 202},
    {"and is gone", "GET", blob_at(kLayer), "", {}, 404, "BLOB_UNKNOWN"},
    {"where it was mounted it stays", "GET", "/v2/c/d/blobs/" + digest_of(kLayer), "", {}, 200, "", {}, kLayer},
    {"a method that no endpoint has", "PATCH", "/v2/a/b/manifests/v1", "", {}, 405, "UNSUPPORTED", {{"Allow", "GET, HEAD, PUT, DELETE"}}},
    {"a page that is none", "GET", "/v2/a/b/what", "", {}, 404, "UNSUPPORTED"},
};

}  // namespace

TEST_CASE("the registry does what the distribution specification's conformance asks for") {
  Folder folder;
  Shop shop(folder.path());
  std::string location;
  for (const Step& step : kSteps) {
    CAPTURE(step.what);
    CAPTURE(step.target);
    const HttpResponse response = shop.ask(step.method, replace_all(step.target, "{L}", location), step.body, step.headers);
    CHECK(response.status == step.status);
    if (!step.code.empty()) CHECK(code_of(response) == step.code);
    for (const auto& [name, value] : step.gives) CHECK_MESSAGE(header(response, name) == value, name);
    if (!step.answer.empty()) CHECK(body_of(response) == step.answer);
    if (header(response, "Location").find("/uploads/") != std::string::npos) location = header(response, "Location");
  }
}
