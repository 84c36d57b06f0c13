#include "engine/legacy_layer.hpp"

#include <map>

#include "base/json_full.hpp"

namespace strates::engine {

namespace {

constexpr std::string_view kNoTime = "1970-01-01T00:00:00Z";

// In the order of Docker's structure (image.V1Image), without id, parent and os.
Json description(const image::ImageConfig& image, LegacyPlace place) {
  const bool top = place == LegacyPlace::Top;
  Json out = Json::object();
  if (top && !image.comment.empty()) out["comment"] = image.comment;
  out["created"] = top && !image.created.empty() ? image.created : std::string(kNoTime);
  if (top && !image.container.empty()) out["container"] = image.container;
  out["container_config"] = image::run_config_to_json(top ? image.container_config.value_or(image::RunConfig{}) : image::RunConfig{});
  if (!top) return out;
  if (!image.docker_version.empty()) out["docker_version"] = image.docker_version;
  if (!image.author.empty()) out["author"] = image.author;
  out["config"] = image::run_config_to_json(image.config);
  out["architecture"] = image.architecture;
  if (!image.variant.empty()) out["variant"] = image.variant;
  return out;
}

}  // namespace

LegacyLayer legacy_layer(const ChainId& chain, const std::string& parent, const image::ImageConfig& image, LegacyPlace place, Hasher& hasher) {
  const Json described = description(image, place);
  // The id is of the keys in order, with the layer's chain and the parent beside them.
  std::map<std::string, Json> sorted;
  for (const auto& [key, value] : described.items()) sorted[key] = value;
  if (place == LegacyPlace::Top) sorted["os"] = image.os;
  sorted["layer_id"] = chain.str();
  if (!parent.empty()) sorted["parent"] = "sha256:" + parent;
  Json hashed = Json::object();
  for (auto& [key, value] : sorted) hashed[key] = std::move(value);
  LegacyLayer out;
  out.id = hasher.sha256_hex(dump_json_go(hashed));
  Json file = {{"id", out.id}};
  if (!parent.empty()) file["parent"] = parent;
  for (const auto& [key, value] : described.items()) file[key] = value;
  file["os"] = image.os;
  out.json = dump_json_go(file);
  return out;
}

}  // namespace strates::engine
