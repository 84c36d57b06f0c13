#include "compose/paths.hpp"

#include "base/strings.hpp"

namespace strates::compose {

namespace {

void make_absolute(Node* node, const std::string& base, const std::string& home) {
  if (node != nullptr && node->is(Node::Kind::Text) && !node->text.empty() && node->text.find("${") == std::string::npos) node->text = absolute_path(node->text, base, home);
}

void service_paths(Node& service, const std::string& base, const std::string& home) {
  if (Node* build = service.find("build")) {
    Node* context = build->find("context");
    if (context != nullptr && !is_remote_context(context->text)) make_absolute(context, base, home);
    if (Node* more = build->find("additional_contexts"))
      for (Member& member : more->members)
        if (member.value.is(Node::Kind::Text) && member.value.text.find(':') == std::string::npos) make_absolute(&member.value, base, home);
  }
  if (Node* files = service.find("env_file"))
    for (Node& item : files->items) make_absolute(item.find("path"), base, home);
  if (Node* files = service.find("label_file"))
    for (Node& item : files->items) make_absolute(&item, base, home);
  if (Node* mounts = service.find("volumes"))
    for (Node& item : mounts->items)
      if (item.text_of("type") == "bind") make_absolute(item.find("source"), base, home);
  if (Node* develop = service.find("develop"))
    if (Node* watch = develop->find("watch"))
      for (Node& item : watch->items) make_absolute(item.find("path"), base, home);
}

}  // namespace

std::string absolute_path(const std::string& path, const std::string& base, const std::string& home) {
  if (path == "~" || path.starts_with("~/")) return clean_path(home + path.substr(1));
  if (path.starts_with('/')) return clean_path(path);
  return clean_path(base + "/" + path);
}

bool is_remote_context(std::string_view context) {
  for (const std::string_view start : {"git@", "github.com/", "docker-image://", "oci-layout://", "service:"})
    if (context.starts_with(start)) return true;
  return context.find("://") != std::string_view::npos;
}

void make_paths_absolute(Node& document, const std::string& base, const std::string& home) {
  if (Node* services = document.find("services"))
    for (Member& member : services->members) service_paths(member.value, base, home);
  for (const std::string_view kind : {"secrets", "configs"})
    if (Node* grants = document.find(kind))
      for (Member& member : grants->members) make_absolute(member.value.find("file"), base, home);
  if (Node* volumes = document.find("volumes"))
    for (Member& member : volumes->members) {
      Node* options = member.value.find("driver_opts");
      if (options != nullptr && options->text_of("o").find("bind") != std::string::npos && member.value.text_of("driver", "local") == "local") make_absolute(options->find("device"), base, home);
    }
}

}  // namespace strates::compose
