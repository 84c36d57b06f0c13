// The trace's container and image facts as Docker's own events (engine-golden/events-order): a fold, because Docker names the image in each.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "api/filters.hpp"
#include "base/event.hpp"

namespace strates::api {

class DockerEvents {
 public:
  // Filters: Docker's (event_routes.cpp).
  explicit DockerEvents(Filters filters) : filters_(std::move(filters)) {}
  // The JSON line of an event that Docker has and the filters let through; none otherwise.
  std::optional<std::string> line(const Event& event);

 private:
  struct Known {
    std::string name, image;
    std::map<std::string, std::string> labels;
  };
  struct KnownImage {
    std::string name;  // empty: it has none
    std::map<std::string, std::string> labels;
  };
  struct Message {
    std::string type, action, id, from;
    std::map<std::string, std::string> attributes;
  };

  std::optional<Message> container_message(const event::Container& fact);
  std::optional<Message> image_message(const event::Image& fact);
  std::optional<Message> volume_message(const event::Volume& fact);
  std::optional<Message> registry_message(const event::Registry& fact);
  std::optional<Message> network_message(const event::Network& fact);
  std::optional<Message> operation_message(OpId op, const event::Operation& fact);
  void learn(const event::Snapshot& snapshot);
  // Docker puts the labels of an image that is still there into each of its events.
  Message about_image(const ImageId& id, std::string action, std::string name) const;
  Message about(const ContainerId& id, std::string action) const;
  static Message about_network(const std::string& id, std::string action, const std::string& name, const std::string& driver);
  static Message about_endpoint(const ContainerId& container, Message network);
  std::string image_name(const std::string& id) const;
  bool selected(const Message& message) const;

  Filters filters_;
  std::map<std::string, Known> containers_;
  std::set<std::string> files_only_;           // containers that Docker would not have made
  std::map<std::string, KnownImage> images_;  // by id
  std::set<OpId> pulls_;                       // under way
};

}  // namespace strates::api
