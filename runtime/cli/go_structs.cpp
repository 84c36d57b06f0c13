#include "cli/go_structs.hpp"

#include <algorithm>
#include <array>

#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "build/go_duration.hpp"

namespace strates::cli::tmpl {

namespace {

constexpr std::string_view kMap = "map[]", kList = "[]", kPointer = "<nil>", kFalse = "false";

// container.State (types.ContainerState)
constexpr GoField kState[] = {{"Status", ""}, {"Running", kFalse}, {"Paused", kFalse}, {"Restarting", kFalse}, {"OOMKilled", kFalse}, {"Dead", kFalse},
                              {"Pid", "0"},   {"ExitCode", "0"},   {"Error", ""},      {"StartedAt", ""},      {"FinishedAt", ""},    {"Health", kPointer}};
// types.Health and what it lists
constexpr GoField kHealth[] = {{"Status", ""}, {"FailingStreak", "0"}, {"Log", kList}};
constexpr GoField kHealthResult[] = {{"Start", "", GoField::Shown::Time}, {"End", "", GoField::Shown::Time}, {"ExitCode", "0"}, {"Output", ""}};
// container.Config
constexpr GoField kConfig[] = {{"Hostname", ""},        {"Domainname", ""},   {"User", ""},         {"AttachStdin", kFalse},     {"AttachStdout", kFalse}, {"AttachStderr", kFalse},
                               {"ExposedPorts", kMap},  {"Tty", kFalse},      {"OpenStdin", kFalse}, {"StdinOnce", kFalse},       {"Env", kList},           {"Cmd", kList},
                               {"Healthcheck", kPointer}, {"ArgsEscaped", kFalse}, {"Image", ""},   {"Volumes", kMap},           {"WorkingDir", ""},       {"Entrypoint", kList},
                               {"NetworkDisabled", kFalse}, {"MacAddress", ""}, {"OnBuild", kList}, {"Labels", kMap},            {"StopSignal", ""},       {"StopTimeout", kPointer},
                               {"Shell", kList}};
constexpr GoField kHealthConfig[] = {{"Test", kList}, {"Interval", "0s", GoField::Shown::Duration}, {"Timeout", "0s", GoField::Shown::Duration}, {"StartPeriod", "0s", GoField::Shown::Duration}, {"Retries", "0"}};
// container.HostConfig's
constexpr GoField kRestartPolicy[] = {{"Name", ""}, {"MaximumRetryCount", "0"}};
constexpr GoField kLogConfig[] = {{"Type", ""}, {"Config", kMap}};
constexpr GoField kDevice[] = {{"PathOnHost", ""}, {"PathInContainer", ""}, {"CgroupPermissions", ""}};
// nat.PortBinding, types.MountPoint, types.GraphDriverData
constexpr GoField kPortBinding[] = {{"HostIp", ""}, {"HostPort", ""}};
constexpr GoField kMountPoint[] = {{"Type", ""}, {"Name", ""}, {"Source", ""}, {"Destination", ""}, {"Driver", ""}, {"Mode", ""}, {"RW", kFalse}, {"Propagation", ""}};
constexpr GoField kGraphDriver[] = {{"Data", kMap}, {"Name", ""}};
// network.EndpointSettings, EndpointIPAMConfig, IPAM, IPAMConfig, types.EndpointResource
constexpr GoField kEndpoint[] = {{"IPAMConfig", kPointer}, {"Links", kList},     {"Aliases", kList},    {"NetworkID", ""},         {"EndpointID", ""},         {"Gateway", ""},    {"IPAddress", ""},
                                 {"IPPrefixLen", "0"},     {"IPv6Gateway", ""}, {"GlobalIPv6Address", ""}, {"GlobalIPv6PrefixLen", "0"}, {"MacAddress", ""}, {"DriverOpts", kMap}};
constexpr GoField kEndpointIpam[] = {{"IPv4Address", ""}, {"IPv6Address", ""}, {"LinkLocalIPs", kList}};
constexpr GoField kIpam[] = {{"Driver", ""}, {"Options", kMap}, {"Config", kList}};
constexpr GoField kIpamConfig[] = {{"Subnet", ""}, {"IPRange", ""}, {"Gateway", ""}, {"AuxiliaryAddresses", kMap}};
constexpr GoField kEndpointResource[] = {{"Name", ""}, {"EndpointID", ""}, {"MacAddress", ""}, {"IPv4Address", ""}, {"IPv6Address", ""}};
constexpr GoField kNetwork[] = {{"Name", ""}, {"Id", ""}, {"Created", "", GoField::Shown::Time}, {"Scope", ""}, {"Driver", ""}, {"EnableIPv6", kFalse}, {"IPAM", ""}, {"Internal", kFalse},
                                {"Attachable", kFalse}, {"Ingress", kFalse}, {"ConfigFrom", "{}"}, {"ConfigOnly", kFalse}, {"Containers", kMap}, {"Options", kMap}, {"Labels", kMap},
                                {"Peers", kList}, {"Services", kMap}};
constexpr GoField kConfigFrom[] = {{"Network", ""}};
// types.Volume
constexpr GoField kVolume[] = {{"CreatedAt", ""}, {"Driver", ""}, {"Labels", kMap}, {"Mountpoint", ""}, {"Name", ""}, {"Options", kMap}, {"Scope", ""}, {"Status", kMap}, {"UsageData", kPointer}};
// types.RootFS, types.ImageMetadata, types.UsageData
constexpr GoField kRootFs[] = {{"Type", ""}, {"Layers", kList}, {"BaseLayer", ""}};
constexpr GoField kMetadata[] = {{"LastTagTime", "", GoField::Shown::Time}};
constexpr GoField kUsage[] = {{"RefCount", "0"}, {"Size", "0"}};

struct Known {
  std::span<const GoField> fields;
  std::array<std::string_view, 2> always;  // members that JSON always has
};
constexpr Known kKnown[] = {
    {kState, {"OOMKilled", "StartedAt"}},     {kHealth, {"FailingStreak", "Log"}},    {kHealthResult, {"ExitCode", "Output"}}, {kConfig, {"Domainname", "AttachStdin"}},
    {kRestartPolicy, {"Name", "MaximumRetryCount"}}, {kDevice, {"PathOnHost", "CgroupPermissions"}}, {kPortBinding, {"HostIp", "HostPort"}}, {kMountPoint, {"Destination", "Propagation"}},
    {kEndpoint, {"EndpointID", "DriverOpts"}}, {kIpam, {"Driver", "Config"}},          {kEndpointResource, {"EndpointID", "IPv4Address"}}, {kUsage, {"RefCount", "Size"}},
    {kNetwork, {"ConfigOnly", "IPAM"}},       {kVolume, {"Mountpoint", "Scope"}},
};

bool has(const Json& object, std::string_view name) { return object.find(name) != object.end(); }

// All members are among the structure's: for those whose members may be left out.
bool within(const Json& object, std::span<const GoField> fields) {
  for (const auto& [key, value] : object.items())
    if (std::none_of(fields.begin(), fields.end(), [&name = key](const GoField& field) { return field.name == name; })) return false;
  return true;
}

}  // namespace

std::span<const GoField> go_struct(const Json& object) {
  for (const Known& known : kKnown)
    if (has(object, known.always[0]) && has(object, known.always[1])) return known.fields;
  if (has(object, "Subnet") && within(object, kIpamConfig)) return kIpamConfig;
  if ((has(object, "IPv4Address") || has(object, "IPv6Address")) && within(object, kEndpointIpam)) return kEndpointIpam;
  if (has(object, "Test") && within(object, kHealthConfig)) return kHealthConfig;
  if (has(object, "Type") && has(object, "Layers") && within(object, kRootFs)) return kRootFs;
  if (has(object, "Type") && has(object, "Config") && within(object, kLogConfig)) return kLogConfig;
  if (has(object, "LastTagTime") && within(object, kMetadata)) return kMetadata;
  if (has(object, "Network") && within(object, kConfigFrom)) return kConfigFrom;
  if (has(object, "Data") && has(object, "Name") && within(object, kGraphDriver)) return kGraphDriver;
  return {};
}

const GoField* go_field(const Json& object, std::string_view name) {
  for (const GoField& field : go_struct(object))
    if (field.name == name) return &field;
  return nullptr;
}

std::optional<std::string> go_scalar(const GoField& field, const Json& value) {
  if (field.shown == GoField::Shown::Duration && value.is_number_integer()) return build::go_duration(value.get<std::int64_t>());
  if (field.shown != GoField::Shown::Time || !value.is_string()) return std::nullopt;
  // time.Time.String: date, clock, offset, zone. A zone that has no name is its offset once more.
  const std::string text = value.get<std::string>();
  const size_t t = text.find('T'), zone = text.find_first_of("Z+-", t == std::string::npos ? text.size() : t);
  if (t == std::string::npos || zone == std::string::npos) return std::nullopt;
  const std::string offset = text[zone] == 'Z' ? "+0000" : replace_all(text.substr(zone), ":", "");
  return text.substr(0, t) + " " + text.substr(t + 1, zone - t - 1) + " " + offset + " " + (offset == "+0000" ? "UTC" : offset);
}

}  // namespace strates::cli::tmpl
