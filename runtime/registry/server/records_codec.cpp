#include "base/json_full.hpp"
#include "registry/server/records.hpp"

namespace strates::registry::server {

namespace {

template <typename... Ts>
struct Visitor : Ts... {
  using Ts::operator()...;
};
template <typename... Ts>
Visitor(Ts...) -> Visitor<Ts...>;

Json digests_to_json(const std::vector<Digest>& digests) {
  Json out = Json::array();
  for (const auto& digest : digests) out.push_back(digest.str());
  return out;
}

std::vector<Digest> digests_of(const Json& json, std::string_view key) {
  std::vector<Digest> out;
  const auto texts = json_strings(json, key);
  for (const auto& text : texts) out.emplace_back(text);
  return out;
}

std::string manifest_value(const ManifestRecord& record) {
  Json json = {{"mediaType", record.media_type}, {"size", record.size}, {"blobs", digests_to_json(record.blobs)}};
  if (!record.manifests.empty()) json["manifests"] = digests_to_json(record.manifests);
  if (record.subject) json["subject"] = record.subject->str();
  if (!record.artifact_type.empty()) json["artifactType"] = record.artifact_type;
  if (!record.annotations.empty()) json["annotations"] = record.annotations;
  return dump_json(json);
}

ManifestRecord manifest_record(const Json& json) {
  ManifestRecord record;
  record.media_type = json_string(json, "mediaType");
  record.size = static_cast<std::uint64_t>(json_int(json, "size"));
  record.blobs = digests_of(json, "blobs");
  record.manifests = digests_of(json, "manifests");
  if (const std::string subject = json_string(json, "subject"); !subject.empty()) record.subject = Digest(subject);
  record.artifact_type = json_string(json, "artifactType");
  const Json& annotations = json_member(json, "annotations");
  if (annotations.is_object())
    for (const auto& item : annotations.items())
      if (item.value().is_string()) record.annotations[item.key()] = item.value().get<std::string>();
  return record;
}

engine::MetadataChange row(std::string_view bucket, std::string key, std::optional<std::string> value) { return {std::string(bucket), std::move(key), std::move(value)}; }

}  // namespace

engine::MetadataChange encode(const Change& change) {
  return std::visit(Visitor{
                        [](const PutTag& put) {
                          const Json json = {{"digest", put.record.digest.str()}, {"mirrored", put.record.origin == Origin::Mirrored}, {"checked", put.record.checked_at}};
                          return row(kTagBucket, put.name + ":" + put.tag, dump_json(json));
                        },
                        [](const DropTag& drop) { return row(kTagBucket, drop.name + ":" + drop.tag, std::nullopt); },
                        [](const PutManifest& put) { return row(kManifestBucket, put.name + "@" + put.digest.str(), manifest_value(put.record)); },
                        [](const DropManifest& drop) { return row(kManifestBucket, drop.name + "@" + drop.digest.str(), std::nullopt); },
                        [](const PutBlob& put) { return row(kBlobBucket, put.name + "@" + put.digest.str(), std::to_string(put.at)); },
                        [](const DropBlob& drop) { return row(kBlobBucket, drop.name + "@" + drop.digest.str(), std::nullopt); },
                    },
                    change);
}

Result<Change> decode(std::string_view bucket, const std::string& key, const std::string& value) {
  const size_t cut = key.find(bucket == kTagBucket ? ':' : '@');
  auto json = parse_json(value);
  if (cut == std::string::npos || !json.ok()) return make_error(ErrorKind::Internal, "registry.record", "read record", key, "it is damaged");
  const std::string name = key.substr(0, cut), rest = key.substr(cut + 1);
  if (bucket == kTagBucket)
    return Change(PutTag{name, rest, {Digest(json_string(json.value(), "digest")), json_bool(json.value(), "mirrored") ? Origin::Mirrored : Origin::Pushed, json_int(json.value(), "checked")}});
  if (bucket == kManifestBucket) return Change(PutManifest{name, Digest(rest), manifest_record(json.value())});
  return Change(PutBlob{name, Digest(rest), json.value().is_number_integer() ? json.value().get<Nanos>() : 0});
}

}  // namespace strates::registry::server
