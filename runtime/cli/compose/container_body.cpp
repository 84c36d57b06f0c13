#include "cli/compose/container_body.hpp"

#include <algorithm>
#include <charconv>
#include <set>

#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "cli/compose/grants.hpp"
#include "cli/compose/host_body.hpp"
#include "cli/compose/project_state.hpp"
#include "cli/proxy_variables.hpp"
#include "compose/short_forms.hpp"
#include "compose/yaml_reader.hpp"
#include "image/layer.hpp"

namespace strates::cli {

namespace {

using compose::Node;
using Kind = Node::Kind;

Json strings_or_null(const Node& node, std::string_view name) {
  const Node* found = node.find(name);
  if (found == nullptr || found->is(Kind::Null)) return nullptr;
  return found->texts();
}

std::int64_t nanoseconds(const Node& node, std::string_view name) {
  const Node* found = node.find(name);
  if (found == nullptr) return 0;
  const auto value = compose::parse_duration(found->text);
  return value.ok() ? value.value() : 0;
}

Json environment_json(const Node& service, const std::string& host) {
  std::vector<std::string> out;
  if (const Node* environment = service.find("environment"))
    for (const compose::Member& member : environment->members) out.push_back(member.value.is(Kind::Null) ? member.name : member.name + "=" + member.value.text);
  const std::vector<std::string> proxies = proxy_environment(host, out);
  out.insert(out.end(), proxies.begin(), proxies.end());
  return out;
}

Json health_json(const Node& service) {
  const Node* health = service.find("healthcheck");
  if (health == nullptr) return nullptr;
  Json out = Json::object();
  if (health->flag_of("disable")) {
    out["Test"] = {"NONE"};
    return out;
  }
  if (health->find("test") != nullptr) out["Test"] = health->texts_of("test");
  for (const auto& [key, field] : {std::pair{"interval", "Interval"}, {"timeout", "Timeout"}, {"start_period", "StartPeriod"}})
    if (const std::int64_t value = nanoseconds(*health, key); value != 0) out[field] = value;
  if (const Node* retries = health->find("retries")) out["Retries"] = retries->integer();
  return out;
}

Json labels_json(const compose::Service& service, const BodyContext& context) {
  Json out = Json::object();
  if (const Node* labels = service.node.find("labels"))
    for (const compose::Member& member : labels->members) out[member.name] = member.value.text;
  std::vector<std::string> depends;
  for (const compose::Dependency& dependency : service.depends_on) {
    const char* condition = dependency.condition == compose::Condition::Healthy ? "service_healthy" : dependency.condition == compose::Condition::Completed ? "service_completed_successfully" : "service_started";
    depends.push_back(dependency.service + ":" + condition + ":" + (dependency.restart ? "true" : "false"));
  }
  out[std::string(label::kHash)] = context.hash;
  if (!context.one_off) out[std::string(label::kNumber)] = std::to_string(context.number);
  out[std::string(label::kDependsOn)] = join(depends, ",");
  out[std::string(label::kImage)] = context.image;
  out[std::string(label::kOneOff)] = context.one_off ? "True" : "False";
  out[std::string(label::kProject)] = context.project.name;
  out[std::string(label::kFiles)] = join(context.project.files, ",");
  out[std::string(label::kDirectory)] = context.project.working_dir;
  out[std::string(label::kService)] = service.name;
  out[std::string(label::kVersion)] = kComposeVersion;
  return out;
}

Json endpoint_json(const compose::Service& service, const std::string& network, const BodyContext& context) {
  const Node* attachment = service.node.at({"networks", network});
  Json aliases = Json::array();
  aliases.push_back(context.name);
  if (context.service_aliases) {
    aliases.push_back(service.name);
    if (attachment != nullptr)
      for (const std::string& alias : attachment->texts_of("aliases")) aliases.push_back(alias);
  }
  Json out = {{"Aliases", aliases}};
  if (attachment == nullptr) return out;
  Json ipam = Json::object();
  if (const std::string address = attachment->text_of("ipv4_address"); !address.empty()) ipam["IPv4Address"] = address;
  if (const std::string address = attachment->text_of("ipv6_address"); !address.empty()) ipam["IPv6Address"] = address;
  if (const auto local = attachment->texts_of("link_local_ips"); !local.empty()) ipam["LinkLocalIPs"] = local;
  if (!ipam.empty()) out["IPAMConfig"] = ipam;
  if (const std::string mac = attachment->text_of("mac_address"); !mac.empty()) out["MacAddress"] = mac;
  if (const Node* options = attachment->find("driver_opts"))
    for (const compose::Member& member : options->members) out["DriverOpts"][member.name] = member.value.text;
  return out;
}

// Links: "db:database" as "CONTAINER:database", by the name, which stays when the container is made again.
Result<Json> links_json(const compose::Service& service, const BodyContext& context) {
  Json out = Json::array();
  for (const std::string& link : service.node.texts_of("links")) {
    const size_t colon = link.find(':');
    const std::string other = link.substr(0, colon);
    out.push_back(TRY(context.container_of(other)).name + ":" + (colon == std::string::npos ? other : link.substr(colon + 1)));
  }
  for (const std::string& link : service.node.texts_of("external_links")) out.push_back(link.find(':') == std::string::npos ? link + ":" + link : link);
  return out;
}

// The networks by priority, highest first, then by name: the first is the one the container is created on.
std::vector<std::string> ordered_networks(const Node& service) {
  std::vector<std::pair<std::int64_t, std::string>> ranked;
  if (const Node* networks = service.find("networks"))
    for (const compose::Member& member : networks->members) ranked.emplace_back(-member.value.integer_of("priority"), member.name);
  std::sort(ranked.begin(), ranked.end());
  std::vector<std::string> out;
  for (auto& [rank, name] : ranked) out.push_back(std::move(name));
  return out;
}

unsigned number_of(const std::string& text) {
  unsigned value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// Secrets and configs: files of the host are bound, the rest is put into the container. What cannot be given was refused before (refusals.hpp).
void add_grants(const compose::Service& service, const BodyContext& context, ContainerBody& body, Json& binds) {
  for (const Grant& grant : grants_of(context.project, service)) {
    std::string target = grant.asked->text_of("target", grant.source);
    if (!target.starts_with('/')) target = std::string(grant.folder) + target;
    if (const std::string file = grant.definition->text_of("file"); !file.empty()) {
      binds.push_back({{"Type", "bind"}, {"Source", file}, {"Target", target}, {"ReadOnly", true}});
      continue;
    }
    CopiedFile copied;
    copied.path = target;
    copied.content = grant.definition->text_of("content");
    if (const auto found = context.project.environment.find(grant.definition->text_of("environment")); found != context.project.environment.end()) copied.content = found->second;
    copied.mode = static_cast<unsigned>(grant.asked->integer_of("mode", 0444));
    copied.uid = number_of(grant.asked->text_of("uid", "0"));
    copied.gid = number_of(grant.asked->text_of("gid", "0"));
    body.files.push_back(std::move(copied));
  }
}

}  // namespace

Result<ContainerBody> container_body(const compose::Service& service, const BodyContext& context) {
  const Node& node = service.node;
  ContainerBody out;
  Json body = Json::object();
  body["Hostname"] = node.text_of("hostname");
  body["Domainname"] = node.text_of("domainname");
  body["User"] = node.text_of("user");
  body["AttachStdin"] = false;
  body["AttachStdout"] = false;
  body["AttachStderr"] = false;
  Json exposed = Json::object(), published = Json::object();
  for (const std::string& port : node.texts_of("expose")) exposed[port.find('/') == std::string::npos ? port + "/tcp" : port] = Json::object();
  if (const Node* ports = node.find("ports"))
    for (const Node& port : ports->items) {
      const std::string inside = port.text_of("target") + "/" + port.text_of("protocol", "tcp");
      exposed[inside] = Json::object();
      if (!published.contains(inside)) published[inside] = Json::array();
      published[inside].push_back({{"HostIp", port.text_of("host_ip")}, {"HostPort", port.text_of("published")}});
    }
  body["ExposedPorts"] = exposed;
  body["Tty"] = node.flag_of("tty");
  body["OpenStdin"] = node.flag_of("stdin_open");
  body["StdinOnce"] = false;
  body["Env"] = environment_json(node, context.host);
  body["Cmd"] = strings_or_null(node, "command");
  if (Json health = health_json(node); !health.is_null()) body["Healthcheck"] = std::move(health);
  body["Image"] = context.project.image_of(service);
  body["WorkingDir"] = node.text_of("working_dir");
  body["Entrypoint"] = strings_or_null(node, "entrypoint");
  if (const std::string mac = node.text_of("mac_address"); !mac.empty()) body["MacAddress"] = mac;
  body["Labels"] = labels_json(service, context);
  if (const std::string signal = node.text_of("stop_signal"); !signal.empty()) body["StopSignal"] = signal;
  if (node.find("stop_grace_period") != nullptr) body["StopTimeout"] = (nanoseconds(node, "stop_grace_period") + kSecond - 1) / kSecond;
  Json host = TRY(host_body(service, context));
  host["PortBindings"] = published;
  add_grants(service, context, out, host["Mounts"]);
  Json volumes = Json::object();
  if (const Node* mounts = node.find("volumes"))
    for (const Node& mount : mounts->items)
      if (mount.text_of("type") == "volume" && mount.text_of("source").empty()) {
        const bool known = std::any_of(context.inherited.begin(), context.inherited.end(), [&](const auto& pair) { return pair.first == mount.text_of("target"); });
        if (!known) volumes[mount.text_of("target")] = Json::object();
      }
  body["Volumes"] = volumes;
  // One network in the request that creates, the others joined before the start (API before 1.44).
  Json endpoints = Json::object();
  const std::vector<std::string> networks = ordered_networks(node);
  const Json links = TRY(links_json(service, context));
  for (size_t i = 0; i < networks.size(); ++i) {
    const Node* definition = context.project.networks.find(networks[i]);
    const std::string name = definition == nullptr ? networks[i] : definition->text_of("name", networks[i]);
    Json endpoint = endpoint_json(service, networks[i], context);
    if (!links.empty()) endpoint["Links"] = links;
    if (i == 0) {
      if (!body.contains("MacAddress") && endpoint.contains("MacAddress")) body["MacAddress"] = endpoint["MacAddress"];
      host["NetworkMode"] = name;
      endpoints[name] = std::move(endpoint);
    } else {
      out.connect.emplace_back(name, dump_json(endpoint));
    }
  }
  if (networks.empty() && !links.empty()) host["Links"] = links;
  body["HostConfig"] = std::move(host);
  body["NetworkingConfig"] = {{"EndpointsConfig", endpoints}};
  out.create = dump_json(body);
  return out;
}

Result<std::string> files_archive(const std::vector<CopiedFile>& files) {
  // Parents first, each once, in the order that a layer has.
  std::vector<image::LayerEntry> entries;
  std::set<std::string> folders;
  std::map<std::string, const CopiedFile*> by_path;
  for (const CopiedFile& file : files) by_path[clean_path(file.path).substr(1)] = &file;
  for (const auto& [path, file] : by_path) {
    image::LayerEntry entry;
    entry.path = path;
    entry.meta.type = image::EntryType::File;
    entry.meta.mode = file->mode;
    entry.meta.uid = file->uid;
    entry.meta.gid = file->gid;
    entry.meta.size = file->content.size();
    entries.push_back(std::move(entry));
    for (std::string folder = dir_name(path); folder != "." && folder != "/"; folder = dir_name(folder)) folders.insert(folder);
  }
  for (const std::string& folder : folders) {
    image::LayerEntry entry;
    entry.path = folder;
    entry.meta.type = image::EntryType::Directory;
    entry.meta.mode = 0755;
    entries.push_back(std::move(entry));
  }
  std::sort(entries.begin(), entries.end(), [](const image::LayerEntry& a, const image::LayerEntry& b) { return image::layer_path_less(a.path, b.path); });
  StringSink sink;
  image::TarWriter writer(sink, {});
  for (const image::LayerEntry& entry : entries) {
    if (entry.meta.type == image::EntryType::Directory) {
      TRY(writer.add(entry, nullptr));
      continue;
    }
    StringSource content(by_path.at(entry.path)->content);
    TRY(writer.add(entry, &content));
  }
  TRY(writer.finish());
  return std::move(sink.bytes);
}

}  // namespace strates::cli
