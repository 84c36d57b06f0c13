#include "adapters/openssl_hasher.hpp"
#include "image/config.hpp"
#include "image/layer.hpp"
#include "image/manifest.hpp"
#include "table.hpp"

using namespace strates;
using namespace strates::image;
using conformance::each_row;
using conformance::text;

namespace {

template <typename Parse>
void check_validity(const std::string& table, Parse parse) {
  each_row(table, [&](const Json& row) {
    const auto parsed = parse(text(row, "input"));
    const std::string why = parsed.ok() ? "" : parsed.error().explanation();
    CAPTURE(why);
    CHECK(parsed.ok() == json_bool(row, "valid"));
  });
}

}  // namespace

TEST_CASE("conformance: OCI image configurations") { check_validity("oci-image-spec/config.jsonl", parse_image_config); }
TEST_CASE("conformance: OCI descriptors") { check_validity("oci-image-spec/descriptor.jsonl", parse_descriptor); }
TEST_CASE("conformance: OCI manifests") { check_validity("oci-image-spec/manifest.jsonl", [](std::string_view input) { return parse_manifest(input); }); }
TEST_CASE("conformance: OCI indexes") { check_validity("oci-image-spec/imageIndex.jsonl", parse_index); }
TEST_CASE("conformance: OCI layouts") { check_validity("oci-image-spec/imageLayout.jsonl", parse_image_layout); }

TEST_CASE("conformance: chains of layers") {
  each_row("oci-image-spec/chainid.jsonl", [](const Json& row) {
    adapters::OpensslHasher hasher;
    std::vector<std::string> chains;
    std::optional<ChainId> parent;
    for (const auto& diff : json_strings(row, "diff_ids")) {
      parent = chain_id(parent, DiffId(diff), hasher);
      chains.push_back(parent->str());
    }
    CHECK(chains == json_strings(row, "chain_ids"));
  });
}
