#include "image/config.hpp"
#include "image/json_fields.hpp"

namespace strates::image {

namespace {

Json list_or_null(const std::optional<StringList>& list) { return list ? Json(*list) : Json(nullptr); }

Json key_object(const std::set<std::string>& keys) {
  Json out = Json::object();
  for (const auto& key : keys) out[key] = Json::object();
  return out;
}

Json healthcheck_to_json(const Healthcheck& check) {
  Json out = Json::object();
  if (!check.test.empty()) out["Test"] = check.test;
  if (check.interval != 0) out["Interval"] = check.interval;
  if (check.timeout != 0) out["Timeout"] = check.timeout;
  if (check.start_period != 0) out["StartPeriod"] = check.start_period;
  if (check.retries != 0) out["Retries"] = check.retries;
  return out;
}

// Docker's strslice: a string alone is a list of one.
Result<std::optional<StringList>> words(const JsonFields& fields, std::string_view key) {
  const Json* value = fields.find(key);
  if (value != nullptr && value->is_string()) return std::optional(StringList{value->get_ref<const std::string&>()});
  return fields.list(key);
}

Result<std::optional<Healthcheck>> healthcheck_from_json(const JsonFields& fields) {
  const Json* value = fields.find("Healthcheck");
  if (value == nullptr) return std::optional<Healthcheck>();
  if (!value->is_object()) return fields.wrong("Healthcheck", "an object");
  const JsonFields inner(*value, "Config.Healthcheck.", "config.type", KeyCase::Any);
  Healthcheck check;
  check.test = TRY(inner.list("Test")).value_or(StringList());
  TRY(inner.number("Interval", check.interval));
  TRY(inner.number("Timeout", check.timeout));
  TRY(inner.number("StartPeriod", check.start_period));
  TRY(inner.number("Retries", check.retries));
  return std::optional(std::move(check));
}

}  // namespace

Json run_config_to_json(const RunConfig& config) {
  Json out = Json::object();
  out["Hostname"] = config.hostname;
  out["Domainname"] = config.domainname;
  out["User"] = config.user;
  out["AttachStdin"] = config.attach_stdin;
  out["AttachStdout"] = config.attach_stdout;
  out["AttachStderr"] = config.attach_stderr;
  if (!config.exposed_ports.empty()) out["ExposedPorts"] = key_object(config.exposed_ports);
  out["Tty"] = config.tty;
  out["OpenStdin"] = config.open_stdin;
  out["StdinOnce"] = config.stdin_once;
  out["Env"] = list_or_null(config.env);
  out["Cmd"] = list_or_null(config.cmd);
  if (config.healthcheck) out["Healthcheck"] = healthcheck_to_json(*config.healthcheck);
  if (config.args_escaped) out["ArgsEscaped"] = true;
  out["Image"] = config.image;
  out["Volumes"] = config.volumes ? key_object(*config.volumes) : Json(nullptr);
  out["WorkingDir"] = config.working_dir;
  out["Entrypoint"] = list_or_null(config.entrypoint);
  if (config.network_disabled) out["NetworkDisabled"] = true;
  if (!config.mac_address.empty()) out["MacAddress"] = config.mac_address;
  out["OnBuild"] = list_or_null(config.on_build);
  out["Labels"] = config.labels ? Json(*config.labels) : Json(nullptr);
  if (!config.stop_signal.empty()) out["StopSignal"] = config.stop_signal;
  if (config.stop_timeout) out["StopTimeout"] = *config.stop_timeout;
  if (config.shell && !config.shell->empty()) out["Shell"] = *config.shell;
  return out;
}

Result<RunConfig> run_config_from_json(const Json& json) {
  const JsonFields fields(json, "Config.", "config.type", KeyCase::Any);
  RunConfig config;
  if (json.is_null()) return config;
  if (!json.is_object()) return JsonFields(json, "", "config.type").wrong("Config", "an object");
  TRY(fields.text("Hostname", config.hostname));
  TRY(fields.text("Domainname", config.domainname));
  TRY(fields.text("User", config.user));
  TRY(fields.flag("AttachStdin", config.attach_stdin));
  TRY(fields.flag("AttachStdout", config.attach_stdout));
  TRY(fields.flag("AttachStderr", config.attach_stderr));
  config.exposed_ports = TRY(fields.keys("ExposedPorts")).value_or(std::set<std::string>());
  TRY(fields.flag("Tty", config.tty));
  TRY(fields.flag("OpenStdin", config.open_stdin));
  TRY(fields.flag("StdinOnce", config.stdin_once));
  config.env = TRY(fields.list("Env"));
  config.cmd = TRY(words(fields, "Cmd"));
  config.healthcheck = TRY(healthcheck_from_json(fields));
  TRY(fields.flag("ArgsEscaped", config.args_escaped));
  TRY(fields.text("Image", config.image));
  config.volumes = TRY(fields.keys("Volumes"));
  TRY(fields.text("WorkingDir", config.working_dir));
  config.entrypoint = TRY(words(fields, "Entrypoint"));
  TRY(fields.flag("NetworkDisabled", config.network_disabled));
  TRY(fields.text("MacAddress", config.mac_address));
  config.on_build = TRY(fields.list("OnBuild"));
  config.labels = TRY(fields.texts("Labels"));
  TRY(fields.text("StopSignal", config.stop_signal));
  int stop_timeout = 0;
  TRY(fields.number("StopTimeout", stop_timeout));
  if (fields.find("StopTimeout") != nullptr) config.stop_timeout = stop_timeout;
  config.shell = TRY(words(fields, "Shell"));
  return config;
}

}  // namespace strates::image
