#include "api/create_json.hpp"

#include <algorithm>

#include "api/answers.hpp"
#include "api/host_config_json.hpp"
#include "api/host_value.hpp"
#include "api/network_json.hpp"
#include "base/json_full.hpp"

namespace strates::api {

namespace {

// Keys of Docker's Config that run_config_from_json reads; anything else that says something is refused.
constexpr std::string_view kConfigKeys[] = {"Hostname", "Domainname", "User", "AttachStdin", "AttachStdout", "AttachStderr", "ExposedPorts", "Tty", "OpenStdin", "StdinOnce", "Env", "Cmd",
                                            "ArgsEscaped", "Image", "WorkingDir", "Entrypoint", "OnBuild", "Labels", "Healthcheck", "Volumes", "StopSignal", "StopTimeout", "Shell", "MacAddress", "HostConfig", "NetworkingConfig"};

Error refuse(const std::string& object, std::string_view reason) { return unsupported("create container with", object, reason, "leave it out"); }

// Docker takes "sh" for ["sh"] in Cmd and Entrypoint.
void wrap_text(Json& body, const char* key) {
  const auto found = body.find(key);
  if (found != body.end() && found->is_string()) *found = Json::array({found->get<std::string>()});
}

Result<std::map<std::string, engine::Endpoint>> read_networking(const Json& networking) {
  std::map<std::string, engine::Endpoint> out;
  const Json& endpoints = json_member(networking, "EndpointsConfig");
  if (endpoints.is_null()) return out;
  if (!endpoints.is_object()) return bad_parameter("NetworkingConfig.EndpointsConfig must be an object");
  if (endpoints.size() > kMostHostEntries) return bad_parameter("NetworkingConfig.EndpointsConfig has too many entries");
  for (const auto& [name, endpoint] : endpoints.items()) out[name] = TRY(endpoint_from_json(endpoint, name));
  return out;
}

}  // namespace

Result<engine::CreateRequest> create_request_from_json(const Json& body, std::string name) {
  if (body.is_null()) return bad_parameter("config cannot be empty in order to create a container");
  if (!body.is_object()) return bad_parameter("the body must be a JSON object");
  Json config = body;
  wrap_text(config, "Cmd");
  wrap_text(config, "Entrypoint");
  for (const auto& [key, value] : config.items()) {
    const std::string& text = key;
    if (std::find(std::begin(kConfigKeys), std::end(kConfigKeys), text) != std::end(kConfigKeys)) continue;
    if (!says_nothing(value)) return refuse(text, text == "NetworkDisabled" ? "use the network none" : "this version does not know it");
  }
  engine::CreateRequest request;
  request.name = std::move(name);
  request.config = TRY(image::run_config_from_json(config));
  request.host = TRY(host_config_from_json(json_member(body, "HostConfig")));
  request.networks = TRY(read_networking(json_member(body, "NetworkingConfig")));
  if (request.config.image.empty()) return bad_parameter("no image specified");
  return request;
}

Result<engine::ExecRequest> exec_request_from_json(const Json& body) {
  if (!body.is_object()) return bad_parameter("the body must be a JSON object");
  for (const char* key : {"Cmd", "Env"}) {
    const Json& list = json_member(body, key);
    if (list.is_null()) continue;
    if (!list.is_array() || !std::all_of(list.begin(), list.end(), [](const Json& item) { return item.is_string(); })) return bad_parameter(std::string(key) + " must be a list of texts");
  }
  engine::ExecRequest request;
  request.command = json_strings(body, "Cmd");
  request.env = json_strings(body, "Env");
  request.user = json_string(body, "User");
  request.working_dir = json_string(body, "WorkingDir");
  request.tty = json_bool(body, "Tty");
  request.attach_stdin = json_bool(body, "AttachStdin");
  request.attach_stdout = json_bool(body, "AttachStdout");
  request.attach_stderr = json_bool(body, "AttachStderr");
  request.privileged = json_bool(body, "Privileged");
  request.detach_keys = json_string(body, "DetachKeys");
  if (request.command.empty()) return docker_error(ErrorKind::Invalid, "exec.no-command", "No exec command specified");
  return request;
}

}  // namespace strates::api
