#include "image/config.hpp"
#include "image/digest.hpp"
#include "image/json_fields.hpp"

namespace strates::image {

namespace {

constexpr std::string_view kSchema = "config.schema";

std::string time_or_zero(const std::string& time) { return time.empty() ? std::string(kZeroTime) : time; }

Json history_to_json(const HistoryEntry& entry) {
  Json out = Json::object();
  out["created"] = time_or_zero(entry.created);
  if (!entry.author.empty()) out["author"] = entry.author;
  if (!entry.created_by.empty()) out["created_by"] = entry.created_by;
  if (!entry.comment.empty()) out["comment"] = entry.comment;
  if (entry.empty_layer) out["empty_layer"] = true;
  return out;
}

Json rootfs_to_json(const std::vector<DiffId>& diff_ids) {
  Json out = {{"type", "layers"}};
  if (diff_ids.empty()) return out;
  Json list = Json::array();
  for (const auto& id : diff_ids) list.push_back(id.str());
  out["diff_ids"] = std::move(list);
  return out;
}

// RFC 3339, 5.6. Only the form: the year 1, which Docker writes for "never", is no time that Nanos can hold.
bool is_time(std::string_view text) {
  constexpr std::string_view kForm = "0000-00-00T00:00:00";
  if (text.size() <= kForm.size()) return false;
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto has_form = [&](std::string_view part, std::string_view form) {
    return part.size() == form.size() && std::equal(part.begin(), part.end(), form.begin(), [&](char c, char f) {
             return f == '0' ? is_digit(c) : f == 'T' ? c == 'T' || c == 't' : c == f;
           });
  };
  const auto number = [&](size_t at) { return (text[at] - '0') * 10 + (text[at + 1] - '0'); };
  if (!has_form(text.substr(0, kForm.size()), kForm)) return false;
  const bool in_range = number(5) >= 1 && number(5) <= 12 && number(8) >= 1 && number(8) <= 31 && number(11) <= 23 && number(14) <= 59 && number(17) <= 60;
  std::string_view rest = text.substr(kForm.size());
  if (rest.front() == '.') {
    const size_t digits = std::min(rest.find_first_not_of("0123456789", 1), rest.size());
    if (digits == 1) return false;
    rest.remove_prefix(digits);
  }
  return in_range && (rest == "Z" || rest == "z" || has_form(rest, "+00:00") || has_form(rest, "-00:00"));
}

Result<void> check_time(const JsonFields& fields, std::string_view key, const std::string& time) {
  if (!time.empty() && !is_time(time)) return fields.wrong(key, "an RFC 3339 time");
  return success();
}

Result<std::vector<HistoryEntry>> history_from_json(const JsonFields& fields) {
  std::vector<HistoryEntry> out;
  const Json* list = fields.find("history");
  if (list == nullptr) return out;
  if (!list->is_array()) return fields.wrong("history", "a list of objects");
  for (const auto& item : *list) {
    if (!item.is_object()) return fields.wrong("history", "a list of objects");
    const JsonFields inner(item, "history[" + std::to_string(out.size()) + "].", kSchema);
    HistoryEntry entry;
    TRY(inner.text("created", entry.created));
    TRY(check_time(inner, "created", entry.created));
    TRY(inner.text("author", entry.author));
    TRY(inner.text("created_by", entry.created_by));
    TRY(inner.text("comment", entry.comment));
    TRY(inner.flag("empty_layer", entry.empty_layer));
    out.push_back(std::move(entry));
  }
  return out;
}

Result<std::vector<DiffId>> rootfs_from_json(const JsonFields& fields) {
  const Json* rootfs = fields.find("rootfs");
  if (rootfs == nullptr || !rootfs->is_object()) return fields.wrong("rootfs", "an object");
  const JsonFields inner(*rootfs, "rootfs.", kSchema);
  std::string type;
  TRY(inner.text("type", type));
  if (type != "layers") return inner.wrong("type", "\"layers\"");
  std::vector<DiffId> out;
  for (auto& id : TRY(inner.list("diff_ids")).value_or(StringList())) {
    if (!is_sha256_digest(id)) return inner.wrong("diff_ids", "a list of sha256 digests");
    out.emplace_back(std::move(id));
  }
  return out;
}

Result<RunConfig> config_from_json(const Json& json) {
  auto config = run_config_from_json(json);
  if (!config.ok()) {
    Error error = std::move(config).error();
    error.code = kSchema;
    return error;
  }
  for (const auto& variable : config.value().env.value_or(StringList()))
    if (variable.find('=', variable.empty() ? 0 : 1) == std::string::npos)
      return JsonFields(json, "config.", kSchema).wrong("Env", "a list of NAME=value, not " + go_quote(variable.substr(0, 100)));
  return config;
}

}  // namespace

std::string image_config_bytes(const ImageConfig& config) {
  // Docker sorts the keys of the whole; what is inside keeps the order of its structures.
  Json out = Json::object();
  out["architecture"] = config.architecture;
  if (!config.author.empty()) out["author"] = config.author;
  if (!config.comment.empty()) out["comment"] = config.comment;
  out["config"] = run_config_to_json(config.config);
  if (!config.container.empty()) out["container"] = config.container;
  if (config.container_config) out["container_config"] = run_config_to_json(*config.container_config);
  out["created"] = time_or_zero(config.created);
  if (!config.docker_version.empty()) out["docker_version"] = config.docker_version;
  if (!config.history.empty()) {
    Json history = Json::array();
    for (const auto& entry : config.history) history.push_back(history_to_json(entry));
    out["history"] = std::move(history);
  }
  out["os"] = config.os;
  out["rootfs"] = rootfs_to_json(config.diff_ids);
  if (!config.variant.empty()) out["variant"] = config.variant;
  return dump_json_go(out);
}

Result<ImageConfig> parse_image_config(std::string_view bytes) {
  auto parsed = parse_json(bytes, {.bytes = 8 << 20, .depth = 64});
  if (!parsed.ok()) {
    Error error = std::move(parsed).error();
    error.code = "config.syntax";
    return error;
  }
  const Json& json = parsed.value();
  if (!json.is_object()) return JsonFields(json, "", kSchema).wrong("image configuration", "an object");
  const JsonFields fields(json, "", kSchema);
  ImageConfig config;
  config.architecture.clear();
  config.os.clear();
  TRY(fields.text("architecture", config.architecture));
  TRY(fields.text("os", config.os));
  if (config.architecture.empty()) return fields.wrong("architecture", "a string");
  if (config.os.empty()) return fields.wrong("os", "a string");
  TRY(fields.text("variant", config.variant));
  TRY(fields.text("created", config.created));
  TRY(check_time(fields, "created", config.created));
  TRY(fields.text("author", config.author));
  if (const Json* run = fields.find("config"); run != nullptr) config.config = TRY(config_from_json(*run));
  TRY(fields.text("container", config.container));
  // Docker's own record of what ran: its environment is not the image's.
  if (const Json* run = fields.find("container_config"); run != nullptr) config.container_config = TRY(run_config_from_json(*run));
  TRY(fields.text("docker_version", config.docker_version));
  TRY(fields.text("comment", config.comment));
  config.diff_ids = TRY(rootfs_from_json(fields));
  config.history = TRY(history_from_json(fields));
  return config;
}

}  // namespace strates::image
