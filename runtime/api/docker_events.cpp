#include "api/docker_events.hpp"

#include <algorithm>

#include "base/json_full.hpp"
#include "image/reference.hpp"

namespace strates::api {

namespace {

std::string without_tag(const std::string& name) {
  const auto reference = image::parse_reference(name);
  return reference.ok() ? reference.value().familiar_name() : name;
}

// As `docker run` would have it typed: "busybox" rather than "busybox:latest".
std::string familiar(const std::string& canonical) {
  const auto reference = image::parse_reference(canonical);
  if (!reference.ok()) return canonical;
  return reference.value().tag == "latest" ? reference.value().familiar_name() : reference.value().familiar();
}

std::map<std::string, std::string> as_map(const std::vector<event::Attribute>& attributes) {
  std::map<std::string, std::string> out;
  for (const auto& [key, value] : attributes) out[key] = value;
  return out;
}

template <typename... Ts>
struct Cases : Ts... {
  using Ts::operator()...;
};

}  // namespace

std::string DockerEvents::image_name(const std::string& id) const {
  const auto found = images_.find(id);
  return found == images_.end() || found->second.name.empty() ? id : found->second.name;
}

void DockerEvents::learn(const event::Snapshot& snapshot) {
  for (const auto& image : snapshot.images) images_[image.id.str()] = {image.references.empty() ? "" : familiar(image.references.front()), as_map(image.labels)};
  for (const auto& container : snapshot.containers) {
    const std::string image = container.image_name.empty() ? image_name(container.image.str()) : container.image_name;
    containers_[container.id.str()] = {container.name, image, as_map(container.labels)};
  }
}

DockerEvents::Message DockerEvents::about_image(const ImageId& id, std::string action, std::string name) const {
  Message message{"image", std::move(action), id.str(), "", {}};
  if (const auto found = images_.find(id.str()); found != images_.end()) message.attributes = found->second.labels;
  message.attributes["name"] = std::move(name);
  return message;
}

DockerEvents::Message DockerEvents::about(const ContainerId& id, std::string action) const {
  Message message{"container", std::move(action), id.str(), "", {}};
  if (const auto found = containers_.find(id.str()); found != containers_.end()) {
    message.from = found->second.image;
    message.attributes = found->second.labels;
    message.attributes["image"] = found->second.image;
    message.attributes["name"] = found->second.name;
  }
  return message;
}

DockerEvents::Message DockerEvents::about_network(const std::string& id, std::string action, const std::string& name, const std::string& driver) {
  return {"network", std::move(action), id, "", {{"name", name}, {"type", driver}}};
}

DockerEvents::Message DockerEvents::about_endpoint(const ContainerId& container, Message network) {
  network.attributes["container"] = container.str();
  return network;
}

std::optional<DockerEvents::Message> DockerEvents::container_message(const event::Container& fact) {
  using Maybe = std::optional<Message>;
  return std::visit(
      Cases{
          [&](const event::ContainerCreated& e) -> Maybe {
            if (e.files_only) {
              files_only_.insert(e.container.str());
              return std::nullopt;
            }
            containers_[e.container.str()] = {e.name, e.image_name.empty() ? image_name(e.image.str()) : e.image_name, as_map(e.labels)};
            return about(e.container, "create");
          },
          [&](const event::ContainerRemoved& e) -> Maybe {
            if (files_only_.erase(e.container.str()) != 0) return std::nullopt;
            Message message = about(e.container, "destroy");
            containers_.erase(e.container.str());
            return message;
          },
          [&](const event::ContainerStarted& e) -> Maybe { return about(e.container, "start"); },
          [&](const event::ContainerPaused& e) -> Maybe { return about(e.container, "pause"); },
          [&](const event::ContainerUnpaused& e) -> Maybe { return about(e.container, "unpause"); },
          [&](const event::ContainerUpdated& e) -> Maybe { return about(e.container, "update"); },
          [&](const event::OutOfMemory& e) -> Maybe { return about(e.container, "oom"); },
          [&](const event::ContainerStopped& e) -> Maybe {
            Message message = about(e.container, "die");
            message.attributes["exitCode"] = std::to_string(e.exit_code);
            return message;
          },
          [&](const event::SignalSent& e) -> Maybe {
            Message message = about(e.container, "kill");
            message.attributes["signal"] = std::to_string(e.signal);
            return message;
          },
          [&](const event::ProcessExited& e) -> Maybe {
            if (e.exec.empty()) return std::nullopt;
            Message message = about(e.container, "exec_die");
            message.attributes["execID"] = e.exec;
            message.attributes["exitCode"] = std::to_string(e.exit_code);
            return message;
          },
          [&](const event::NetworkJoined& e) -> Maybe { return about_endpoint(e.container, about_network(e.network, "connect", e.mode, e.driver)); },
          [&](const event::NetworkLeft& e) -> Maybe { return about_endpoint(e.container, about_network(e.network, "disconnect", e.mode, e.driver)); },
          [&](const event::HealthChanged& e) -> Maybe {
            if (e.status == "starting") return std::nullopt;  // Docker tells of results only
            return about(e.container, "health_status: " + e.status);
          },
          [&](const event::ContainerRenamed& e) -> Maybe {
            containers_[e.container.str()].name = e.name;
            Message message = about(e.container, "rename");
            message.attributes["oldName"] = "/" + e.old_name;
            return message;
          },
          [&](const event::ContainerAction& e) -> Maybe {
            Message message = about(e.container, e.action);
            for (const auto& [key, value] : e.attributes) message.attributes[key] = value;
            return message;
          },
          [](const auto&) -> Maybe { return std::nullopt; },  // Docker does not tell how
      },
      fact);
}

std::optional<DockerEvents::Message> DockerEvents::image_message(const event::Image& fact) {
  using Maybe = std::optional<Message>;
  return std::visit(
      Cases{
          [&](const event::ImageCreated& e) -> Maybe {
            images_[e.image.str()].labels = as_map(e.labels);
            return std::nullopt;
          },
          [&](const event::ImageTagged& e) -> Maybe {
            images_[e.image.str()].name = familiar(e.reference);
            if (e.loaded) return std::nullopt;  // Docker says "load" alone
            const auto reference = image::parse_reference(e.reference);
            return about_image(e.image, "tag", reference.ok() ? reference.value().familiar() : e.reference);
          },
          [&](const event::ImageUntagged& e) -> Maybe {
            if (e.moved) return std::nullopt;
            return about_image(e.image, "untag", e.image.str());
          },
          [&](const event::ImageDeleted& e) -> Maybe {
            images_.erase(e.image.str());
            return about_image(e.image, "delete", e.image.str());
          },
          [&](const event::ImageAction& e) -> Maybe { return about_image(e.image, e.action, e.image.str()); },
          [](const auto&) -> Maybe { return std::nullopt; },
      },
      fact);
}

std::optional<DockerEvents::Message> DockerEvents::volume_message(const event::Volume& fact) {
  using Maybe = std::optional<Message>;
  return std::visit(
      Cases{
          [](const event::VolumeCreated& e) -> Maybe { return Message{"volume", "create", e.volume, "", {{"driver", "local"}}}; },
          [](const event::VolumeMounted& e) -> Maybe {
            return Message{"volume", "mount", e.volume, "",
                           {{"container", e.container.str()}, {"destination", e.destination}, {"driver", "local"}, {"propagation", ""}, {"read/write", e.writable ? "true" : "false"}}};
          },
          [](const event::VolumeUnmounted& e) -> Maybe { return Message{"volume", "unmount", e.volume, "", {{"container", e.container.str()}, {"driver", "local"}}}; },
          [](const event::VolumeRemoved& e) -> Maybe { return Message{"volume", "destroy", e.volume, "", {{"driver", "local"}}}; },
          [](const event::VolumeFilled&) -> Maybe { return std::nullopt; },  // Docker does not tell
      },
      fact);
}

// The reference is what Docker calls the id of such an event.
std::optional<DockerEvents::Message> DockerEvents::registry_message(const event::Registry& fact) {
  using Maybe = std::optional<Message>;
  const auto told = [](const char* action, const std::string& text) -> Maybe {
    const auto reference = image::parse_reference(text);
    if (!reference.ok()) return std::nullopt;
    return Message{"image", action, reference.value().familiar(), "", {{"name", reference.value().familiar_name()}}};
  };
  return std::visit(
      Cases{
          [&](const event::ImagePulled& e) -> Maybe { return told("pull", e.reference); },
          [&](const event::ImagePushed& e) -> Maybe { return told("push", e.reference); },
          [](const auto&) -> Maybe { return std::nullopt; },
      },
      fact);
}

std::optional<DockerEvents::Message> DockerEvents::network_message(const event::Network& fact) {
  if (const auto* made = std::get_if<event::NetworkCreated>(&fact)) return about_network(made->network, "create", made->name, made->driver);
  if (const auto* gone = std::get_if<event::NetworkRemoved>(&fact)) return about_network(gone->network, "destroy", gone->name, gone->driver);
  return std::nullopt;  // Docker does not tell how
}

// Of operations Docker tells only what a prune gave back. A pull is remembered: it names its image, and Docker tells of the pull alone.
std::optional<DockerEvents::Message> DockerEvents::operation_message(OpId op, const event::Operation& fact) {
  if (const auto* pruned = std::get_if<event::Pruned>(&fact)) return Message{pruned->what, "prune", "", "", {{"reclaimed", std::to_string(pruned->reclaimed)}}};
  const auto* started = std::get_if<event::OpStarted>(&fact);
  if (started == nullptr) pulls_.erase(op);
  else if (started->name == "registry.pull") pulls_.insert(op);
  return std::nullopt;
}

// Docker Engine, daemon/events/filter.go. Values of one filter are alternatives; labels must all hold.
bool DockerEvents::selected(const Message& message) const {
  const auto any = [&](std::string_view key, const auto& holds) {
    const auto values = filter_values(filters_, key);
    return values.empty() || std::any_of(values.begin(), values.end(), holds);
  };
  const auto attribute = [&](const char* name) {
    const auto found = message.attributes.find(name);
    return found == message.attributes.end() ? std::string() : found->second;
  };
  const auto begins = [&](const std::string& value) { return message.id.starts_with(value) || attribute("name").starts_with(value); };
  const auto event = [&](const std::string& value) {
    const bool family = value == "health_status" || value == "exec_create" || value == "exec_start";
    return family ? message.action.starts_with(value) : message.action == value;
  };
  const auto image = [&](const std::string& value) {
    const std::string name = attribute(message.type == "image" ? "name" : "image");
    return value == message.id || value == name || value == without_tag(message.id) || value == without_tag(name);
  };
  for (const auto& label : filter_values(filters_, "label"))
    if (!label_holds(message.attributes, label)) return false;
  for (const char* named : {"container", "network", "volume", "plugin", "service", "node", "secret", "config"})
    if (!any(named, begins)) return false;
  return any("type", [&](const std::string& value) { return value == message.type; }) && any("event", event) && any("image", image) &&
         any("scope", [](const std::string& value) { return value == "local"; }) &&
         any("daemon", [&](const std::string&) { return message.type == "daemon"; });
}

std::optional<std::string> DockerEvents::line(const Event& event) {
  std::optional<Message> message;
  if (const auto* stream = std::get_if<event::Stream>(&event.what)) {
    if (const auto* snapshot = std::get_if<event::Snapshot>(stream)) learn(*snapshot);
    return std::nullopt;
  }
  const bool pulling = pulls_.contains(event.op);
  if (const auto* operation = std::get_if<event::Operation>(&event.what)) message = operation_message(event.op, *operation);
  else if (const auto* fact = std::get_if<event::Container>(&event.what)) message = container_message(*fact);
  else if (const auto* image = std::get_if<event::Image>(&event.what)) message = image_message(*image);
  else if (const auto* volume = std::get_if<event::Volume>(&event.what)) message = volume_message(*volume);
  else if (const auto* registry = std::get_if<event::Registry>(&event.what)) message = registry_message(*registry);
  else if (const auto* network = std::get_if<event::Network>(&event.what)) message = network_message(*network);
  if (message && pulling && (message->action == "tag" || message->action == "untag")) return std::nullopt;
  if (!message || !selected(*message)) return std::nullopt;
  Json out = Json::object();
  // Deprecated by Docker, and still there for containers and images.
  if (message->type == "container" || message->type == "image") {
    out["status"] = message->action;
    if (!message->id.empty()) out["id"] = message->id;
    if (!message->from.empty()) out["from"] = message->from;
  }
  out["Type"] = message->type;
  out["Action"] = message->action;
  out["Actor"] = {{"ID", message->id}, {"Attributes", message->attributes}};
  out["scope"] = "local";
  out["time"] = event.at / kSecond;
  out["timeNano"] = event.at;
  return dump_json_go(out) + "\n";
}

}  // namespace strates::api
