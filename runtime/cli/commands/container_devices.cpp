// opts/throttledevice.go, opts/weightdevice.go and opts/gpus.go of docker/cli 20.10.
#include "cli/commands/container_devices.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "cli/commands/mounts.hpp"

namespace strates::cli {

namespace {

Error invalid(std::string sentence) { return docker_error(ErrorKind::Invalid, "cli.run", std::move(sentence)); }

struct DeviceValue {
  std::string path, value;
};

Result<DeviceValue> split_device(const std::string& text) {
  const size_t colon = text.find(':');
  if (colon == std::string::npos) return invalid("bad format: " + text);
  if (!text.starts_with("/dev/")) return invalid("bad format for device path: " + text);
  return DeviceValue{text.substr(0, colon), text.substr(colon + 1)};
}

std::optional<std::uint64_t> whole_number(const std::string& text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

Result<Json> bytes_json(const std::string& text) {
  const DeviceValue device = TRY(split_device(text));
  const auto rate = parse_ram_bytes(device.value);
  if (!rate.ok())
    return invalid("invalid rate for device: " + text + ". The correct format is <device-path>:<number>[<unit>]. Number must be a positive integer. Unit is optional and can be kb, mb, or gb");
  return Json{{"Path", device.path}, {"Rate", rate.value()}};
}

Result<Json> operations_json(const std::string& text) {
  const DeviceValue device = TRY(split_device(text));
  const auto rate = whole_number(device.value);
  if (!rate) return invalid("invalid rate for device: " + text + ". The correct format is <device-path>:<number>. Number must be a positive integer");
  return Json{{"Path", device.path}, {"Rate", *rate}};
}

Result<Json> weight_json(const std::string& text) {
  const DeviceValue device = TRY(split_device(text));
  const auto weight = whole_number(device.value);
  if (!weight || (*weight > 0 && (*weight < 10 || *weight > 1000))) return invalid("invalid weight for device: " + text);
  return Json{{"Path", device.path}, {"Weight", *weight}};
}

Result<std::int64_t> gpu_count(const std::string& text) {
  if (text == "all") return std::int64_t{-1};
  std::int64_t number = 0;
  const std::string_view digits = std::string_view(text).substr(text.starts_with('+') ? 1 : 0);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (digits.empty() || end != digits.data() + digits.size() || error == std::errc::invalid_argument)
    return invalid("count must be an integer: strconv.Atoi: parsing " + go_quote(text) + ": invalid syntax");
  if (error != std::errc()) return invalid("count must be an integer: strconv.Atoi: parsing " + go_quote(text) + ": value out of range");
  return number;
}

Result<Json> options_json(const std::string& text) {
  Json out = Json::object();
  for (const std::string& option : TRY(csv_fields(text))) {
    const size_t equals = option.find('=');
    out[option.substr(0, equals)] = equals == std::string::npos ? "" : option.substr(equals + 1);
  }
  return out;
}

// One member of the request, by its key.
Result<void> set_gpu_field(const std::string& key, const std::string& value, const std::string& field, Json& request) {
  if (key == "driver") {
    request["Driver"] = value;
  } else if (key == "count") {
    request["Count"] = TRY(gpu_count(value));
  } else if (key == "device") {
    request["DeviceIDs"] = split(value, ',');
  } else if (key == "capabilities") {
    std::vector<std::string> wanted = split(value, ',');
    wanted.emplace_back("gpu");
    request["Capabilities"] = Json::array({Json(wanted)});
  } else if (key == "options") {
    request["Options"] = TRY(options_json(value));
  } else {
    return invalid("unexpected key '" + key + "' in '" + field + "'");
  }
  return success();
}

Result<Json> gpu_json(const std::string& text) {
  Json request = {{"Driver", ""}, {"Count", 0}, {"DeviceIDs", nullptr}, {"Capabilities", Json::array({Json::array({"gpu"})})}, {"Options", Json::object()}};
  std::vector<std::string> seen;
  for (const std::string& field : TRY(csv_fields(text))) {
    const size_t equals = field.find('=');
    const std::string key = field.substr(0, equals);
    if (std::find(seen.begin(), seen.end(), key) != seen.end()) return invalid("gpu request key '" + key + "' can be specified only once");
    seen.push_back(equals == std::string::npos ? "count" : key);
    if (equals == std::string::npos) request["Count"] = TRY(gpu_count(key));
    else TRY(set_gpu_field(key, field.substr(equals + 1), field, request));
  }
  if (std::find(seen.begin(), seen.end(), "count") == seen.end() && request["DeviceIDs"].is_null()) request["Count"] = 1;
  return request;
}

template <typename Read>
Result<Json> list_of(const ParsedFlags& flags, const char* flag, Read read) {
  Json out = Json::array();
  for (const std::string& value : flags.list(flag)) out.push_back(TRY(read(value)));
  return out;
}

}  // namespace

Result<void> check_device_bytes(const std::string& value) {
  TRY(bytes_json(value));
  return success();
}

Result<void> check_device_operations(const std::string& value) {
  TRY(operations_json(value));
  return success();
}

Result<void> check_device_weight(const std::string& value) {
  TRY(weight_json(value));
  return success();
}

Result<void> check_gpus(const std::string& value) {
  TRY(gpu_json(value));
  return success();
}

Result<void> add_devices(const ParsedFlags& flags, Json& host) {
  host["BlkioWeightDevice"] = TRY(list_of(flags, "blkio-weight-device", weight_json));
  struct Rates {
    const char *flag, *key;
    Result<Json> (*read)(const std::string& text);
  };
  constexpr Rates kRates[] = {{"device-read-bps", "BlkioDeviceReadBps", bytes_json},
                              {"device-write-bps", "BlkioDeviceWriteBps", bytes_json},
                              {"device-read-iops", "BlkioDeviceReadIOps", operations_json},
                              {"device-write-iops", "BlkioDeviceWriteIOps", operations_json}};
  for (const Rates& row : kRates) {
    Json rates = TRY(list_of(flags, row.flag, row.read));
    host[row.key] = rates.empty() ? Json() : std::move(rates);  // as Docker's client says that there are none
  }
  host["CpuRealtimePeriod"] = flags.integer("cpu-rt-period");
  host["CpuRealtimeRuntime"] = flags.integer("cpu-rt-runtime");
  host["Isolation"] = flags.text("isolation");
  host["DeviceRequests"] = nullptr;
  if (flags.changed("gpus")) host["DeviceRequests"] = TRY(list_of(flags, "gpus", gpu_json));
  for (const std::string& option : flags.list("storage-opt")) {
    const size_t equals = option.find('=');
    if (equals == std::string::npos) return invalid("invalid storage option");
    host["StorageOpt"][option.substr(0, equals)] = option.substr(equals + 1);
  }
  return success();
}

}  // namespace strates::cli
