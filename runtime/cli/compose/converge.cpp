#include "cli/compose/converge.hpp"

#include <algorithm>

#include "base/json_full.hpp"
#include "base/names.hpp"
#include "base/strings.hpp"
#include "cli/compose/parallel.hpp"
#include "cli/daemon.hpp"
#include "compose/yaml_reader.hpp"

namespace strates::cli {

namespace {

// Anonymous volumes of an older container: what it keeps under a target that the service does not name.
std::vector<std::pair<std::string, std::string>> anonymous_volumes(const Json& container, const compose::Service& service) {
  std::vector<std::pair<std::string, std::string>> out;
  std::set<std::string> named;
  if (const compose::Node* mounts = service.node.find("volumes"))
    for (const compose::Node& mount : mounts->items)
      if (!mount.text_of("source").empty() || mount.text_of("type") != "volume") named.insert(mount.text_of("target"));
  for (const std::string& entry : service.node.texts_of("tmpfs")) named.insert(entry.substr(0, entry.find(':')));
  for (const Json& mount : json_member(container, "Mounts")) {
    const std::string name = json_string(mount, "Name"), target = json_string(mount, "Destination");
    // Named by the engine: 64 hexadecimal digits.
    if (json_string(mount, "Type") == "volume" && name.size() == 64 && is_hex(name) && !named.contains(target)) out.emplace_back(target, name);
  }
  return out;
}

bool uses_container_of(const compose::Service& service, const std::set<std::string>& remade) {
  for (const std::string_view key : {"network_mode", "ipc", "pid", "uts"})
    if (const std::string mode = service.node.text_of(key); mode.starts_with("service:") && remade.contains(mode.substr(8))) return true;
  for (const std::string& from : service.node.texts_of("volumes_from"))
    if (remade.contains(from.substr(0, from.find(':')))) return true;
  return false;
}

}  // namespace

ProgressKind progress_kind(const ComposeCall& call) {
  if (call.globals.progress == "quiet") return ProgressKind::Quiet;
  if (call.globals.progress == "plain" || call.globals.ansi == "never") return ProgressKind::Plain;
  return call.globals.progress == "tty" || call.session.console.out_is_terminal() ? ProgressKind::Terminal : ProgressKind::Plain;
}

Result<Json> send_json(api::Client& client, const std::string& target, const std::string& body, std::string_view method) {
  api::ClientRequest request;
  request.method = std::string(method);
  request.target = target;
  request.headers.emplace_back("Content-Type", "application/json");
  request.body = body;
  const api::ClientResponse response = TRY(daemon(client.stream(std::move(request))));
  const std::string text = TRY(read_stream(*response.stream));
  return trim(text).empty() ? Result<Json>(Json()) : parse_json(text);
}

std::map<std::string, std::vector<std::string>> service_order(const compose::Project& project, const std::vector<std::string>& services, Direction direction) {
  std::map<std::string, std::vector<std::string>> out;
  for (const std::string& name : services) out[name];
  for (const std::string& name : services) {
    const compose::Service* service = project.find(name);
    if (service == nullptr) continue;
    for (const compose::Dependency& dependency : service->depends_on) {
      if (!out.contains(dependency.service)) continue;
      if (direction == Direction::Dependencies) out[name].push_back(dependency.service);
      else out[dependency.service].push_back(name);
    }
  }
  return out;
}

Result<void> Convergence::ensure_network(api::Client& client, const std::string& key) {
  const compose::Node* network = project_.networks.find(key);
  if (network == nullptr) return success();
  const std::string name = network->text_of("name");
  const auto known = client.get("/networks/" + path_name(name));
  if (known.ok()) return success();
  if (!is_from_daemon(known.error()) || known.error().kind != ErrorKind::NotFound) return as_daemon_error(known.error());
  if (network->flag_of("external")) return compose_refusal("network " + name + " declared as external, but could not be found");
  progress_.working("Network " + name, "Creating");
  Json body = {{"Name", name}, {"CheckDuplicate", true}, {"Driver", network->text_of("driver", "bridge")}};
  body["Internal"] = network->flag_of("internal");
  body["Attachable"] = network->flag_of("attachable");
  body["EnableIPv6"] = network->flag_of("enable_ipv6");
  Json options = Json::object(), labels = Json::object();
  if (const compose::Node* map = network->find("driver_opts"))
    for (const compose::Member& member : map->members) options[member.name] = member.value.text;
  if (const compose::Node* map = network->find("labels"))
    for (const compose::Member& member : map->members) labels[member.name] = member.value.text;
  labels[std::string(label::kNetwork)] = key;
  labels[std::string(label::kProject)] = project_.name;
  labels[std::string(label::kVersion)] = kComposeVersion;
  body["Options"] = options;
  body["Labels"] = labels;
  if (const compose::Node* ipam = network->find("ipam")) {
    Json pools = Json::array();
    if (const compose::Node* config = ipam->find("config"))
      for (const compose::Node& pool : config->items) {
        Json entry = Json::object();
        for (const auto& [from, to] : {std::pair{"subnet", "Subnet"}, {"ip_range", "IPRange"}, {"gateway", "Gateway"}})
          if (const std::string value = pool.text_of(from); !value.empty()) entry[to] = value;
        if (const compose::Node* addresses = pool.find("aux_addresses"))
          for (const compose::Member& member : addresses->members) entry["AuxiliaryAddresses"][member.name] = member.value.text;
        pools.push_back(std::move(entry));
      }
    Json settings = Json::object();
    if (const compose::Node* map = ipam->find("options"))
      for (const compose::Member& member : map->members) settings[member.name] = member.value.text;
    body["IPAM"] = {{"Driver", ipam->text_of("driver", "default")}, {"Config", pools}, {"Options", settings}};
  }
  const auto created = daemon(client.post("/networks/create", body));
  if (!created.ok()) {
    progress_.failed("Network " + name, "Error");
    return compose_refusal("failed to create network " + name + ": " + created.error().message());
  }
  progress_.done("Network " + name, "Created");
  return success();
}

Result<void> Convergence::ensure_volume(api::Client& client, const std::string& key) {
  const compose::Node* volume = project_.volumes.find(key);
  if (volume == nullptr) return success();
  const std::string name = volume->text_of("name");
  const auto known = client.get("/volumes/" + path_name(name));
  if (known.ok()) {
    if (!volume->flag_of("external") && json_string(json_member(known.value(), "Labels"), label::kProject) != project_.name)
      compose_warning(call_, "volume \"" + name + "\" already exists but was not created by Docker Compose. Use `external: true` to use an existing volume");
    return success();
  }
  if (!is_from_daemon(known.error()) || known.error().kind != ErrorKind::NotFound) return as_daemon_error(known.error());
  if (volume->flag_of("external")) return compose_refusal("external volume \"" + name + "\" not found");
  progress_.working("Volume \"" + name + "\"", "Creating");
  Json body = {{"Name", name}, {"Driver", volume->text_of("driver")}, {"DriverOpts", Json::object()}, {"Labels", Json::object()}};
  if (const compose::Node* map = volume->find("driver_opts"))
    for (const compose::Member& member : map->members) body["DriverOpts"][member.name] = member.value.text;
  if (const compose::Node* map = volume->find("labels"))
    for (const compose::Member& member : map->members) body["Labels"][member.name] = member.value.text;
  body["Labels"][std::string(label::kProject)] = project_.name;
  body["Labels"][std::string(label::kVersion)] = kComposeVersion;
  body["Labels"][std::string(label::kVolume)] = key;
  if (const auto created = daemon(client.post("/volumes/create", body)); !created.ok()) {
    progress_.failed("Volume \"" + name + "\"", "Error");
    return created.error();
  }
  progress_.done("Volume \"" + name + "\"", "Created");
  return success();
}

Result<void> Convergence::ensure_resources(const std::vector<std::string>& services) {
  std::set<std::string> networks, volumes;
  for (const std::string& name : services) {
    const compose::Service* service = project_.find(name);
    if (service == nullptr) continue;
    if (const compose::Node* list = service->node.find("networks"))
      for (const compose::Member& member : list->members) networks.insert(member.name);
    if (const compose::Node* list = service->node.find("volumes"))
      for (const compose::Node& mount : list->items)
        if (mount.text_of("type") == "volume" && !mount.text_of("source").empty()) volumes.insert(mount.text_of("source"));
  }
  for (const std::string& key : networks) TRY(ensure_network(call_.session.client, key));
  for (const std::string& key : volumes) TRY(ensure_volume(call_.session.client, key));
  return success();
}

std::string Convergence::name_of(const compose::Service& service, int number) const {
  return service.container_name.empty() ? project_.name + "-" + service.name + "-" + std::to_string(number) : service.container_name;
}

BodyContext Convergence::context(api::Client& client, const compose::Service& service, int number) {
  BodyContext out{project_, number, name_of(service, number), call_.ports.sha256_hex(compose::hash_input(service)), {}, false, true, {}, {}, false};
  out.host = client.transport().description();
  out.container_of = [this, &client](const std::string& other) -> Result<ProjectContainer> {
    for (ProjectContainer& container : TRY(project_containers(client, project_.name, OneOff::No)))
      if (container.service == other) return std::move(container);
    return compose_refusal("no such service: " + other);
  };
  return out;
}

Result<std::string> Convergence::create_container(api::Client& client, const compose::Service& service, const BodyContext& context, const std::string& name) {
  const ContainerBody body = TRY(container_body(service, context));
  Query query;
  query.add("name", name);
  if (const std::string platform = service.node.text_of("platform"); !platform.empty()) query.add("platform", platform);
  const Json created = TRY(send_json(client, query.on("/containers/create"), body.create));
  const std::string id = json_string(created, "Id");
  const auto finish = [&]() -> Result<void> {
    for (const auto& [network, endpoint] : body.connect)
      TRY(send_json(client, "/networks/" + path_name(network) + "/connect", "{\"Container\":\"" + id + "\",\"EndpointConfig\":" + endpoint + "}"));
    if (body.files.empty()) return success();
    const std::string archive = TRY(files_archive(body.files));
    api::ClientRequest request;
    request.method = "PUT";
    request.target = Query().add("path", "/").on("/containers/" + id + "/archive");
    request.headers.emplace_back("Content-Type", "application/x-tar");
    request.body = archive;
    TRY(daemon(client.stream(std::move(request))));
    return success();
  };
  if (auto done = finish(); !done.ok()) {
    ignore(client.remove("/containers/" + id + "?force=1&v=1"));  // nothing half made stays
    return std::move(done).error();
  }
  return id;
}

// The new container is made beside the old one, which then gives its place and its name.
Result<void> Convergence::recreate(api::Client& client, const compose::Service& service, const ProjectContainer& old, BodyContext context, const ConvergeOptions& options) {
  const std::string what = "Container " + old.name;
  progress_.working(what, "Recreate");
  const auto work = [&]() -> Result<void> {
    const Json before = TRY(inspect_container(client, old.id));
    if (!options.renew_volumes) context.inherited = anonymous_volumes(before, service);
    const std::string id = TRY(create_container(client, service, context, short_id(old.id) + "_" + context.name));
    const auto remove_old = [&]() -> Result<void> {
      Query stop;
      stop.add_if(options.timeout.has_value(), "t", std::to_string(options.timeout.value_or(10)));
      TRY(daemon(client.post(stop.on("/containers/" + old.id + "/stop"), Json())));
      TRY(daemon(client.remove("/containers/" + old.id)));
      return success();
    };
    if (auto gone = remove_old(); !gone.ok()) {
      ignore(client.remove("/containers/" + id + "?force=1"));  // the old one stays, with the volumes that both have
      return gone;
    }
    TRY(daemon(client.post(Query().add("name", context.name).on("/containers/" + id + "/rename"), Json())));
    return success();
  };
  if (auto done = work(); !done.ok()) {
    progress_.failed(what, "Error");
    return done;
  }
  progress_.done(what, "Recreated");
  return success();
}

Result<void> Convergence::create_service(const std::string& name, const ConvergeOptions& options) {
  const compose::Service& service = *project_.find(name);
  const auto client = call_.ports.connect();
  std::vector<ProjectContainer> containers;
  bool forced = false;
  {
    const std::lock_guard lock(mutex_);
    containers = existing_[name];
    forced = uses_container_of(service, remade_);
  }
  const auto scaled = options.scale.find(name);
  const int wanted = scaled == options.scale.end() ? service.replicas : scaled->second;
  if (!service.container_name.empty() && wanted > 1)
    return compose_refusal("services." + name + ": can't set container_name and " + name + " as container name must be unique: the container \"" + service.container_name + "\" cannot be scaled");
  BodyContext base = context(*client, service, 1);
  base.image = TRY(image_id(*client, project_.image_of(service)));
  // Too many: the highest numbers go, whatever their state.
  std::sort(containers.begin(), containers.end(), [](const ProjectContainer& a, const ProjectContainer& b) { return a.number < b.number; });
  while (static_cast<int>(containers.size()) > wanted) {
    const ProjectContainer extra = std::move(containers.back());
    containers.pop_back();
    const std::string what = "Container " + extra.name;
    progress_.working(what, "Stopping");
    Query stop;
    stop.add_if(options.timeout.has_value(), "t", std::to_string(options.timeout.value_or(10)));
    TRY(daemon(client->post(stop.on("/containers/" + extra.id + "/stop"), Json())));
    progress_.working(what, "Removing");
    TRY(daemon(client->remove("/containers/" + extra.id + "?v=1")));
    progress_.done(what, "Removed");
  }
  const Recreate how = options.named.empty() || options.named.contains(name) ? options.recreate : options.recreate_dependencies;
  bool fresh = false;
  std::set<int> numbers;
  for (const ProjectContainer& container : containers) {
    numbers.insert(container.number);
    const bool changed = container.label(label::kHash) != base.hash || (!base.image.empty() && container.label(label::kImage) != base.image) || container.state == "removing" || container.state == "dead";
    if (how == Recreate::Never || (how == Recreate::Changed && !changed && !forced)) {
      progress_.done("Container " + container.name, container.running() ? "Running" : "Created");
      continue;
    }
    BodyContext one = base;
    one.number = container.number;
    one.name = name_of(service, container.number);
    TRY(recreate(*client, service, container, std::move(one), options));
    fresh = true;
  }
  for (int number = 1; static_cast<int>(numbers.size()) < wanted; ++number) {
    if (numbers.contains(number)) continue;
    numbers.insert(number);
    BodyContext one = base;
    one.number = number;
    one.name = name_of(service, number);
    const std::string what = "Container " + one.name;
    progress_.working(what, "Creating");
    if (auto created = create_container(*client, service, one, one.name); !created.ok()) {
      progress_.failed(what, "Error");
      return std::move(created).error();
    }
    progress_.done(what, "Created");
    fresh = true;
  }
  if (fresh) {
    const std::lock_guard lock(mutex_);
    remade_.insert(name);
  }
  return success();
}

Result<void> Convergence::create(const ConvergeOptions& options) {
  for (ProjectContainer& container : TRY(project_containers(call_.session.client, project_.name, OneOff::No))) {
    const std::string service = container.service;
    existing_[service].push_back(std::move(container));
  }
  return run_in_order(service_order(project_, options.services, Direction::Dependencies), [&](const std::string& name) { return create_service(name, options); });
}

Result<void> Convergence::start_service(const std::string& name, const std::vector<std::string>& services) {
  if (interrupted && interrupted()) return compose_refusal("interrupted");
  const auto client = call_.ports.connect();
  const compose::Service* service = project_.find(name);
  if (service != nullptr) TRY(wait_for_dependencies(*client, *service, services));
  for (const ProjectContainer& container : TRY(project_containers(*client, project_.name, OneOff::No))) {
    if (container.service != name || container.state == "running") continue;
    const std::string what = "Container " + container.name;
    progress_.working(what, "Starting");
    if (auto started = daemon(client->post("/containers/" + container.id + "/start", Json())); !started.ok()) {
      progress_.failed(what, "Error");
      return std::move(started).error();
    }
    progress_.done(what, "Started");
  }
  return success();
}

Result<void> Convergence::start(const std::vector<std::string>& services) {
  return run_in_order(service_order(project_, services, Direction::Dependencies), [&](const std::string& name) { return start_service(name, services); });
}

Result<std::string> Convergence::create_one_off(const compose::Service& service, const std::string& name, bool service_aliases, bool auto_remove) {
  BodyContext one = context(call_.session.client, service, 1);
  one.name = name;
  one.one_off = true;
  one.service_aliases = service_aliases;
  one.auto_remove = auto_remove;
  one.image = TRY(image_id(call_.session.client, project_.image_of(service)));
  return create_container(call_.session.client, service, one, name);
}

}  // namespace strates::cli
