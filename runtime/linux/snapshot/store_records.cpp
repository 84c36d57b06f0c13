#include "linux/snapshot/store_records.hpp"

#include "base/json_full.hpp"

namespace strates::linux_world {

namespace {

Error corrupt(std::string_view what) {
  return make_error(ErrorKind::Internal, "store.corrupt", "read record", "", std::string(what) + " is missing or of another type");
}

}  // namespace

std::string write_layer_record(const LayerRecord& record) {
  Json json;
  json["chainId"] = record.info.chain_id.str();
  json["diffId"] = record.info.diff_id.str();
  json["parent"] = record.parent ? record.parent->str() : "";
  json["bytes"] = record.info.bytes;
  json["entries"] = record.info.entries;
  json["whiteouts"] = record.info.whiteouts;
  return dump_json(json);
}

Result<LayerRecord> read_layer_record(std::string_view text) {
  const Json json = TRY(parse_json(text));
  LayerRecord record;
  record.info.chain_id = ChainId(json_string(json, "chainId"));
  record.info.diff_id = DiffId(json_string(json, "diffId"));
  record.info.bytes = static_cast<std::uint64_t>(json_int(json, "bytes"));
  record.info.entries = static_cast<std::uint64_t>(json_int(json, "entries"));
  record.info.whiteouts = static_cast<std::uint64_t>(json_int(json, "whiteouts"));
  if (record.info.chain_id.empty() || record.info.diff_id.empty()) return corrupt("chainId or diffId");
  if (const std::string parent = json_string(json, "parent"); !parent.empty()) record.parent = ChainId(parent);
  return record;
}

std::string write_snapshot_record(const SnapshotRecord& record) {
  Json json;
  json["layers"] = Json::array();
  for (const auto& layer : record.layers) json["layers"].push_back(layer.str());
  json["init"] = record.init;
  if (record.writes == engine::Writes::Passing) json["passing"] = true;
  json["hiddenEntries"] = record.hidden->entries;
  json["hiddenDirectories"] = record.hidden->directories;
  return dump_json(json);
}

Result<SnapshotRecord> read_snapshot_record(std::string_view text) {
  const Json json = TRY(parse_json(text));
  if (!json.is_object() || !json_member(json, "layers").is_array()) return corrupt("layers");
  SnapshotRecord record;
  for (const auto& layer : json_strings(json, "layers")) record.layers.emplace_back(layer);
  record.init = json_string(json, "init");
  if (json_bool(json, "passing")) record.writes = engine::Writes::Passing;
  HiddenEntries hidden;
  for (const auto& path : json_strings(json, "hiddenEntries")) hidden.entries.insert(path);
  for (const auto& path : json_strings(json, "hiddenDirectories")) hidden.directories.insert(path);
  record.hidden = std::make_shared<HiddenEntries>(std::move(hidden));
  return record;
}

}  // namespace strates::linux_world
