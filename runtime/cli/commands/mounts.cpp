#include "cli/commands/mounts.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "base/json_full.hpp"
#include "base/strings.hpp"

namespace strates::cli {

namespace {

Error invalid(std::string sentence) { return docker_error(ErrorKind::Invalid, "cli.mount", std::move(sentence)); }

}  // namespace

// One line of comma-separated values (RFC 4180), with the errors of Go's encoding/csv.
Result<std::vector<std::string>> csv_fields(const std::string& line) {
  const auto fail = [](size_t column, std::string_view why) { return invalid("parse error on line 1, column " + std::to_string(column) + ": " + std::string(why)); };
  if (line.empty()) return invalid("EOF");
  std::vector<std::string> fields;
  size_t at = 0;
  for (;;) {
    std::string field;
    if (at < line.size() && line[at] == '"') {
      for (++at;; ++at) {
        if (at >= line.size()) return fail(line.size() + 1, "extraneous or missing \" in quoted-field");
        if (line[at] != '"') {
          field += line[at];
        } else if (at + 1 < line.size() && line[at + 1] == '"') {
          field += line[at++];
        } else {
          break;
        }
      }
      ++at;
      if (at < line.size() && line[at] != ',') return fail(at, "extraneous or missing \" in quoted-field");
    } else {
      const size_t end = std::min(line.find(',', at), line.size());
      field = line.substr(at, end - at);
      if (const size_t quote = field.find('"'); quote != std::string::npos) return fail(at + quote + 1, "bare \" in non-quoted-field");
      at = end;
    }
    fields.push_back(std::move(field));
    if (at >= line.size()) return fields;
    ++at;
  }
}

namespace {

Error bad_value(const std::string& key, const std::string& value) { return invalid("invalid value for " + key + ": " + value); }

void set_on(Json& map, const std::string& value) {
  const size_t equals = value.find('=');
  map[value.substr(0, equals)] = equals == std::string::npos ? "" : value.substr(equals + 1);
}

Json& object_of(Json& json, const char* key) {
  if (!json.contains(key)) json[key] = Json::object();
  return json[key];
}

struct MountText {
  std::string type = "volume", source, target, consistency;
  bool read_only = false;
  Json bind, volume, tmpfs;
};

Json& options(Json& json) {
  if (json.is_null()) json = Json::object();
  return json;
}

using Setter = Result<void> (*)(MountText& mount, const std::string& key, const std::string& value);

Result<void> set_flag(Json& json, const char* name, const std::string& key, const std::string& value) {
  const auto flag = parse_go_bool(value);
  if (!flag.ok()) return bad_value(key, value);
  if (flag.value()) options(json)[name] = true;
  else options(json);
  return {};
}

struct Key {
  std::string_view name;
  Setter set;
  bool alone = false;  // "readonly" is "readonly=true"
};
constexpr Key kKeys[] = {
    {"type", [](MountText& mount, const std::string&, const std::string& value) -> Result<void> { mount.type = to_lower(value); return {}; }},
    {"source", [](MountText& mount, const std::string&, const std::string& value) -> Result<void> { mount.source = value; return {}; }},
    {"src", [](MountText& mount, const std::string&, const std::string& value) -> Result<void> { mount.source = value; return {}; }},
    {"target", [](MountText& mount, const std::string&, const std::string& value) -> Result<void> { mount.target = value; return {}; }},
    {"dst", [](MountText& mount, const std::string&, const std::string& value) -> Result<void> { mount.target = value; return {}; }},
    {"destination", [](MountText& mount, const std::string&, const std::string& value) -> Result<void> { mount.target = value; return {}; }},
    {"readonly", [](MountText& mount, const std::string& key, const std::string& value) -> Result<void> {
       const auto flag = parse_go_bool(value);
       if (!flag.ok()) return bad_value(key, value);
       mount.read_only = flag.value();
       return {};
     }, true},
    {"ro", [](MountText& mount, const std::string& key, const std::string& value) -> Result<void> {
       const auto flag = parse_go_bool(value);
       if (!flag.ok()) return bad_value(key, value);
       mount.read_only = flag.value();
       return {};
     }, true},
    {"consistency", [](MountText& mount, const std::string&, const std::string& value) -> Result<void> { mount.consistency = to_lower(value); return {}; }},
    {"bind-propagation", [](MountText& mount, const std::string&, const std::string& value) -> Result<void> {
       options(mount.bind)["Propagation"] = to_lower(value);
       return {};
     }},
    {"bind-nonrecursive", [](MountText& mount, const std::string& key, const std::string& value) { return set_flag(mount.bind, "NonRecursive", key, value); }, true},
    {"volume-nocopy", [](MountText& mount, const std::string& key, const std::string& value) { return set_flag(mount.volume, "NoCopy", key, value); }, true},
    {"volume-label", [](MountText& mount, const std::string&, const std::string& value) -> Result<void> {
       set_on(object_of(options(mount.volume), "Labels"), value);
       return {};
     }},
    {"volume-driver", [](MountText& mount, const std::string&, const std::string& value) -> Result<void> {
       object_of(options(mount.volume), "DriverConfig")["Name"] = value;
       return {};
     }},
    {"volume-opt", [](MountText& mount, const std::string&, const std::string& value) -> Result<void> {
       set_on(object_of(object_of(options(mount.volume), "DriverConfig"), "Options"), value);
       return {};
     }},
    {"tmpfs-size", [](MountText& mount, const std::string& key, const std::string& value) -> Result<void> {
       const auto bytes = parse_ram_bytes(value);
       if (!bytes.ok()) return bad_value(key, value);
       options(mount.tmpfs)["SizeBytes"] = bytes.value();
       return {};
     }},
    {"tmpfs-mode", [](MountText& mount, const std::string& key, const std::string& value) -> Result<void> {
       std::uint32_t mode = 0;
       const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), mode, 8);
       if (error != std::errc() || end != value.data() + value.size()) return bad_value(key, value);
       options(mount.tmpfs)["Mode"] = mode;
       return {};
     }},
};

}  // namespace

Result<Json> mount_json(const std::string& value) {
  MountText mount;
  for (const auto& field : TRY(csv_fields(value))) {
    const size_t equals = field.find('=');
    const std::string key = to_lower(field.substr(0, equals));
    const auto* row = std::find_if(std::begin(kKeys), std::end(kKeys), [&](const Key& one) { return one.name == key; });
    const bool known = row != std::end(kKeys);
    if (equals == std::string::npos) {
      if (!known || !row->alone) return invalid("invalid field '" + field + "' must be a key=value pair");
      TRY(row->set(mount, key, "true"));
    } else {
      if (!known) return invalid("unexpected key '" + key + "' in '" + field + "'");
      TRY(row->set(mount, key, field.substr(equals + 1)));
    }
  }
  if (mount.type.empty()) return invalid("type is required");
  if (mount.target.empty()) return invalid("target is required");
  const auto mixed = [&](const Json& given, std::string_view of) { return !given.is_null() && mount.type != of; };
  const auto mix = [&](std::string_view of) { return invalid("cannot mix '" + std::string(of) + "-*' options with mount type '" + mount.type + "'"); };
  if (mixed(mount.volume, "volume")) return mix("volume");
  if (mixed(mount.bind, "bind")) return mix("bind");
  if (mixed(mount.tmpfs, "tmpfs")) return mix("tmpfs");
  Json out = {{"Type", mount.type}};
  if (!mount.source.empty()) out["Source"] = mount.source;
  out["Target"] = mount.target;
  if (mount.read_only) out["ReadOnly"] = true;
  if (!mount.consistency.empty()) out["Consistency"] = mount.consistency;
  if (!mount.bind.is_null()) out["BindOptions"] = mount.bind;
  if (!mount.volume.is_null()) {
    object_of(mount.volume, "DriverConfig");  // Docker's client names it beside any other option
    out["VolumeOptions"] = mount.volume;
  }
  if (!mount.tmpfs.is_null()) out["TmpfsOptions"] = mount.tmpfs;
  return out;
}

Result<void> check_mount(const std::string& value) {
  TRY(mount_json(value));
  return {};
}

VolumeFlags sort_volumes(const std::vector<std::string>& values) {
  VolumeFlags out;
  for (const auto& value : values) {
    // "c:/x" is a path with a drive, for the client's parser (compose/loader/volume.go): it has no source.
    const bool drive = value.size() > 2 && value[1] == ':' && std::isalpha(static_cast<unsigned char>(value[0])) != 0;
    const size_t colon = value.find(':', drive ? 2 : 0);
    const bool source = value.size() > 2 && colon != std::string::npos && colon > 0;
    (source ? out.binds : out.volumes).push_back(value);
  }
  return out;
}

}  // namespace strates::cli
