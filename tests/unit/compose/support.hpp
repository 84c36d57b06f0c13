// Files made of strings, and projects loaded from them.
#pragma once

#include <doctest/doctest.h>

#include <map>
#include <string>

#include "base/json_full.hpp"
#include "compose/project.hpp"
#include "compose/schema.hpp"
#include "compose/yaml_reader.hpp"

namespace strates::compose::test {

class TextFiles : public Files {
 public:
  std::map<std::string, std::string> texts;
  Result<std::string> read(const std::string& path) override {
    const auto found = texts.find(path);
    if (found == texts.end()) return compose_error("no-file", {}, "open " + path + ": no such file or directory");
    return found->second;
  }
  bool exists(const std::string& path) override { return texts.contains(path); }
};

// A project in /app from compose.yaml and what lies beside it.
struct Try {
  TextFiles files;
  ProjectOptions options;
  explicit Try(const std::string& text) {
    files.texts["/app/compose.yaml"] = text;
    options.load.files = {"/app/compose.yaml"};
    options.load.working_dir = "/app";
    options.load.home = "/home/me";
    options.name = "app";
  }
  Try& file(const std::string& name, const std::string& text) {
    files.texts["/app/" + name] = text;
    return *this;
  }
  Try& override_with(const std::string& text) {
    const std::string path = "/app/override" + std::to_string(options.load.files.size()) + ".yaml";
    files.texts[path] = text;
    options.load.files.push_back(path);
    return *this;
  }
  Try& variable(const std::string& name, const std::string& value) {
    options.load.environment[name] = value;
    return *this;
  }
  Result<Project> load() { return load_project(files, options); }
  Project project() {
    auto loaded = load();
    REQUIRE_MESSAGE(loaded.ok(), loaded.error().message());
    return std::move(loaded).value();
  }
  std::string error() {
    const auto loaded = load();
    REQUIRE_FALSE(loaded.ok());
    return loaded.error().message();
  }
};

// A member's value as one line of JSON; "absent" when it is not there.
inline std::string json_at(const Node& node, std::initializer_list<std::string_view> path) {
  const Node* found = node.at(path);
  return found == nullptr ? "absent" : dump_json(to_json(*found));
}
inline std::string of(const Project& project, std::string_view service, std::initializer_list<std::string_view> path) {
  const Service* found = project.find(service);
  return found == nullptr ? "no service" : json_at(found->node, path);
}

}  // namespace strates::compose::test
