#include "compose/loader.hpp"

#include <algorithm>

#include "base/strings.hpp"
#include "compose/dotenv.hpp"
#include "compose/interpolate.hpp"
#include "compose/paths.hpp"
#include "compose/schema.hpp"
#include "compose/short_forms.hpp"
#include "compose/yaml_reader.hpp"

namespace strates::compose {

namespace {

constexpr size_t kDepth = 20;  // of files that extend or include one another

Lookup lookup_in(const Environment& environment) {
  return [&environment](const std::string& name) -> std::optional<std::string> {
    const auto found = environment.find(name);
    return found == environment.end() ? std::nullopt : std::optional(found->second);
  };
}

constexpr size_t kPorts = 200'000;     // of all services
constexpr size_t kCopies = 1'000'000;  // nodes, of what is extended

size_t nodes_in(const Node& node) {
  size_t count = 1;
  for (const Node& item : node.items) count += nodes_in(item);
  for (const Member& member : node.members) count += nodes_in(member.value);
  return count;
}

class Loader {
 public:
  Loader(Files& files, const LoadOptions& options, std::vector<std::string>& warnings, std::vector<std::string> including)
      : files_(files), options_(options), warnings_(warnings), including_(std::move(including)) {}

  Result<Node> load() {
    Node out = Node::map();
    for (const std::string& file : options_.files) {
      const std::vector<Node> documents = TRY(read(file, options_.working_dir));
      for (const Node& document : documents) merge_documents(out, document);
    }
    TRY(include(out));
    settle_marks(out);
    return out;
  }

 private:
  // The documents of one file, each canonical, with what they extend.
  Result<std::vector<Node>> read(const std::string& file, const std::string& base) {
    const std::string text = TRY(files_.read(file));
    std::vector<Node> documents = TRY(read_yaml(file, text));
    if (documents.empty()) return compose_error("empty", {std::make_shared<const std::string>(file), 1}, "empty compose file");
    for (Node& document : documents) {
      TRY(prepare(document));
      TRY(extend_all(document, file, base));
      make_paths_absolute(document, base, options_.home);
    }
    return documents;
  }

  Result<void> prepare(Node& document) {
    TRY(validate(document));
    if (options_.interpolate) {
      std::vector<std::string> unset;
      TRY(interpolate_tree(document, {lookup_in(options_.environment), &unset, &room_}, ""));
      for (const std::string& name : unset) warn("The \"" + name + "\" variable is not set. Defaulting to a blank string.");
      TRY(bound_ports(document));
      TRY(make_canonical(document));
    } else {
      // Sizes and numbers may still be variables: what cannot be written out stays as it is.
      TRY(bound_ports(document));
      Node copy = document;
      if (make_canonical(copy).ok()) document = std::move(copy);
    }
    return success();
  }

  // Each range becomes a record for each port: ten bytes of text ask for sixty-five thousand of them.
  Result<void> bound_ports(const Node& document) {
    const Node* services = document.find("services");
    if (services == nullptr) return success();
    for (const Member& service : services->members) {
      const Node* ports = service.value.find("ports");
      if (ports == nullptr) continue;
      for (const Node& port : ports->items) {
        if (!port.is_scalar()) continue;
        const size_t count = port_count(port.text);
        if (count > ports_left_) return compose_error("too-large", port.place, "too many ports in Compose files");
        ports_left_ -= count;
      }
    }
    return success();
  }

  // What services take over from one another is copied: a large one that many extend is as many large ones.
  Result<void> bound_copies(const Node& service) {
    const size_t size = nodes_in(service);
    if (size > copies_left_) return compose_error("too-large", service.place, "services that extend one another are too large");
    copies_left_ -= size;
    return success();
  }

  void warn(const std::string& text) {
    if (std::find(warnings_.begin(), warnings_.end(), text) == warnings_.end()) warnings_.push_back(text);
  }

  Result<void> extend_all(Node& document, const std::string& file, const std::string& base) {
    Node* services = document.find("services");
    if (services == nullptr) return success();
    for (Member& service : services->members) {
      std::vector<std::string> chain;
      service.value = TRY(extended(*services, service.name, file, base, chain));
    }
    return success();
  }

  // The service with what it extends below it.
  Result<Node> extended(const Node& services, const std::string& name, const std::string& file, const std::string& base, std::vector<std::string>& chain) {
    const Node* found = services.find(name);
    if (found == nullptr) return compose_error("extends", services.place, "cannot extend service \"" + name + "\" in " + file + ": service not found");
    Node service = *found;
    const Node* extends = service.find("extends");
    if (extends == nullptr || extends->empty()) {
      service.erase("extends");
      return service;
    }
    const std::string link = name + " in " + file;
    if (std::find(chain.begin(), chain.end(), link) != chain.end() || chain.size() > kDepth) {
      std::string text = "Circular reference:";
      for (const std::string& part : chain) text += "\n  " + part;
      return compose_error("cycle", extends->place, text + "\n  extends " + link);
    }
    chain.push_back(link);
    const std::string wanted = extends->text_of("service"), other = extends->text_of("file");
    if (wanted.empty()) return compose_error("extends", extends->place, "extends." + name + ".service is required");
    Node below;
    if (other.empty()) {
      if (services.find(wanted) == nullptr) return compose_error("extends", extends->place, "cannot extend service \"" + name + "\" in " + file + ": service \"" + wanted + "\" not found");
      below = TRY(extended(services, wanted, file, base, chain));
      TRY(bound_copies(below));
    } else {
      // Beside the project; an included file whose project lies elsewhere may also name what lies beside itself.
      std::string path = absolute_path(other, base, options_.home);
      if (const std::string beside = absolute_path(other, dir_name(file), options_.home); !files_.exists(path) && files_.exists(beside)) path = beside;
      const std::string folder = dir_name(path);
      const std::string text = TRY(files_.read(path));
      const std::vector<Node> documents = TRY(read_yaml(path, text));
      const Node* owner = nullptr;
      std::vector<Node> prepared;
      for (const Node& document : documents) {
        Node copy = document;
        TRY(prepare(copy));
        prepared.push_back(std::move(copy));
      }
      for (const Node& document : prepared)
        if (const Node* found_in = document.find("services"); found_in != nullptr && found_in->find(wanted) != nullptr) owner = found_in;
      if (owner == nullptr) return compose_error("extends", extends->place, "cannot extend service \"" + name + "\" in " + path + ": service \"" + wanted + "\" not found");
      below = TRY(extended(*owner, wanted, path, folder, chain));
      Node wrapped = Node::map();
      wrapped.set("services", Node::map()).set(wanted, std::move(below));
      make_paths_absolute(wrapped, folder, options_.home);
      below = std::move(*wrapped.find("services")->find(wanted));
    }
    service.erase("extends");
    if (!below.is(Node::Kind::Map)) below = Node::map(service.place);
    if (service.is(Node::Kind::Map)) merge(below, service, service_record());
    below.place = service.place;
    settle_marks(below);
    return below;
  }

  Result<void> include(Node& document) {
    const Node* found = document.find("include");
    if (found == nullptr) return success();
    const Node list = *found;
    document.erase("include");
    Node below = Node::map();
    for (const Node& entry : list.items) {
      LoadOptions options = options_;
      options.files.clear();
      for (const std::string& path : entry.texts_of("path")) options.files.push_back(absolute_path(path, options_.working_dir, options_.home));
      if (options.files.empty()) return compose_error("include", entry.place, "include path is missing");
      std::vector<std::string> including = including_;
      including.insert(including.end(), options_.files.begin(), options_.files.end());
      for (const std::string& file : options.files)
        if (std::find(including.begin(), including.end(), file) != including.end() || including.size() > kDepth)
          return compose_error("cycle", entry.place, "include cycle detected:\n" + join(including, "\n include ") + "\n include " + file);
      const std::string folder = entry.text_of("project_directory");
      options.working_dir = folder.empty() ? dir_name(options.files.front()) : absolute_path(folder, options_.working_dir, options_.home);
      TRY(add_variables(entry, options));
      Node included = TRY(Loader(files_, options, warnings_, std::move(including)).load());
      included.erase("name");
      included.erase("version");
      merge_documents(below, included);
    }
    merge_documents(below, document);
    document = std::move(below);
    return success();
  }

  // An included file has variables of its own; those around it win.
  Result<void> add_variables(const Node& entry, LoadOptions& options) {
    std::vector<std::string> paths;
    for (const std::string& path : entry.texts_of("env_file")) paths.push_back(absolute_path(path, options_.working_dir, options_.home));
    if (paths.empty() && files_.exists(join_path(options.working_dir, ".env"))) paths.push_back(join_path(options.working_dir, ".env"));
    Environment added;
    for (const std::string& path : paths) {
      if (path == "/dev/null") continue;
      const std::string text = TRY(files_.read(path));
      const auto variables = parse_dotenv(text, lookup_in(options_.environment));
      if (!variables.ok()) return compose_error("dotenv", entry.place, "failed to read " + path + ": " + variables.error().message());
      for (const auto& [name, value] : variables.value()) added[name] = value;
    }
    options.environment.merge(added);
    return success();
  }

  Files& files_;
  const LoadOptions& options_;
  std::vector<std::string>& warnings_;
  std::vector<std::string> including_;
  size_t room_ = kInterpolatedBytes, ports_left_ = kPorts, copies_left_ = kCopies;
};

}  // namespace

Result<Loaded> load_documents(Files& files, const LoadOptions& options) {
  Loaded out;
  out.document = TRY(Loader(files, options, out.warnings, {}).load());
  TRY(require_keys(out.document));
  return out;
}

Result<std::string> name_in_files(Files& files, const LoadOptions& options) {
  std::string name;
  for (const std::string& file : options.files) {
    const std::string text = TRY(files.read(file));
    const std::vector<Node> documents = TRY(read_yaml(file, text));
    for (const Node& document : documents) {
      const Node* found = document.find("name");
      if (found == nullptr || !found->is_scalar() || found->empty()) continue;
      Node copy = *found;
      if (options.interpolate) TRY(interpolate_tree(copy, {lookup_in(options.environment), nullptr, nullptr}, "name"));
      name = copy.text;
    }
  }
  return name;
}

}  // namespace strates::compose
