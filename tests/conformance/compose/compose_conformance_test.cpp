// The field's own data of compose-go: what it loads, what it refuses and with which words, how it merges, interpolates and reads files of variables.
#include <filesystem>

#include "compose/dotenv.hpp"
#include "compose/short_forms.hpp"
#include "compose/yaml_writer.hpp"
#include "tests/conformance/image/table.hpp"
#include "tests/unit/compose/support.hpp"

using namespace strates;
using namespace strates::compose;
using conformance::each_row;
using conformance::text;

namespace {

std::string data_folder() { return clean_path(conformance::folder() + "/compose-go/files/loader"); }

// The row's text as a file in the folder of the suite; all else from the disk.
class SuiteFiles : public Files {
 public:
  explicit SuiteFiles(std::string input) : input_(std::move(input)) {}
  Result<std::string> read(const std::string& path) override {
    if (path == data_folder() + "/compose.yaml") return input_;
    // The suite's loader of remote resources, which is a folder.
    std::string file = path;
    if (const size_t remote = file.find("remote:"); remote != std::string::npos) file = data_folder() + "/testdata/remote/" + file.substr(remote + 7);
    std::ifstream in(file);
    if (!in) return compose_error("no-file", {}, "open " + file + ": no such file or directory");
    std::stringstream all;
    all << in.rdbuf();
    return all.str();
  }
  bool exists(const std::string& path) override { return path == data_folder() + "/compose.yaml" || std::filesystem::exists(path); }

 private:
  std::string input_;
};

Result<Project> load_row(const Json& row, bool consistent) {
  SuiteFiles files(text(row, "input"));
  ProjectOptions options;
  options.load.files = {data_folder() + "/compose.yaml"};
  options.load.working_dir = data_folder();
  if (text(row, "name").ends_with("TestNestedIncludeAndExtends")) options.load.working_dir += "/testdata/combined";  // as the suite's program says
  options.load.home = "/home/me";
  options.load.environment = {{"theint", "1"}, {"thefloat", "3.14"}, {"thebool", "true"}, {"thesize", "2gb"}, {"theduration", "10s"}, {"FOO_SCALE", "2"}, {"HOME", "/home/me"}};
  options.profiles = {"*"};
  options.consistent = consistent;
  return load_project(files, options);
}

// What `config` prints is a project like it.
void check_printed(const Project& project) {
  const std::string printed = write_yaml(project_document(project));
  SuiteFiles files(replace_all(printed, "$", "$$"));
  ProjectOptions options;
  options.load.files = {data_folder() + "/compose.yaml"};
  options.load.working_dir = project.working_dir;
  options.load.home = "/home/me";
  options.profiles = {"*"};
  const auto again = load_project(files, options);
  CHECK_MESSAGE(again.ok(), again.error().message() << "\n" << printed);
  if (again.ok()) CHECK(write_yaml(project_document(again.value())) == printed);
}

std::map<std::string, std::string> as_map(const Json& object) {
  std::map<std::string, std::string> out;
  for (const auto& [key, value] : object.items()) out[key] = value.get<std::string>();
  return out;
}

Lookup lookup_in(const std::map<std::string, std::string>& values) {
  return [values](const std::string& name) -> std::optional<std::string> {
    const auto found = values.find(name);
    return found == values.end() ? std::nullopt : std::optional(found->second);
  };
}

Node canonical(const std::string& yaml) {
  auto documents = read_yaml("compose.yaml", yaml);
  REQUIRE_MESSAGE(documents.ok(), documents.error().message());
  REQUIRE(documents.value().size() == 1);
  Node node = documents.value().front();
  const auto made = make_canonical(node);
  REQUIRE_MESSAGE(made.ok(), made.error().message());
  return node;
}

}  // namespace

TEST_CASE("conformance: Compose files that load") {
  // What a row needs beyond its text, and what this project does not have.
  const std::map<std::string, std::string> kLeftOut = {
      {"loader/include_test.go:TestLoadWithIncludeEnv", "its files are written by the suite's program"},
      {"loader/loader_test.go:TestLoadTmpfsVolume", "its text is a format of the suite's program (size: %s)"},
      {"loader/loader_test.go:TestLoadWithMissingResources", "the suite expects that the remote file is missing"},
      {"loader/loader_test.go:TestLoadWithRemoteResources", "files from elsewhere (git, oci) are the work of loaders that Strates does not have"},
      {"loader/loader_test.go:TestLoadWithNestedResources", "files from elsewhere (git, oci) are the work of loaders that Strates does not have"},
      {"loader/paths_test.go:TestResolveAdditionalContexts", "its text is a format of the suite's program (abs_path: %s)"},
      {"loader/reset_test.go:TestLargeLegitimateFile", "its services are written by the suite's program"},
  };
  // The rows say that a text loads and not what it means: what is compared is what the project says of itself, printed and read again.
  int consistent = 0, all = 0;
  each_row("compose-go/load-valid.jsonl", [&](const Json& row) {
    if (const auto left = kLeftOut.find(text(row, "name")); left != kLeftOut.end()) {
      MESSAGE("left out: " << left->first << ": " << left->second);
      return;
    }
    ++all;
    const auto loaded = load_row(row, false);
    CHECK_MESSAGE(loaded.ok(), text(row, "name") << ": " << loaded.error().message() << "\n" << text(row, "input"));
    const auto whole = load_row(row, true);
    if (!whole.ok()) {
      MESSAGE("not a whole project: " << text(row, "name") << ": " << whole.error().message());
      return;
    }
    ++consistent;
    check_printed(whole.value());
  });
  MESSAGE(consistent << " of " << all << " are whole projects as well");
  if (all == 0) return;
  CHECK(all == 212);
  CHECK(consistent == 198);
}

TEST_CASE("conformance: Compose files that are refused, with their words") {
  each_row("compose-go/load-invalid.jsonl", [&](const Json& row) {
    if (text(row, "name").ends_with("TestLoadWithResourcesCycle")) {
      MESSAGE("left out: " << text(row, "name") << ": files from elsewhere (git, oci) are the work of loaders that Strates does not have; circles of files are in the project's tests");
      return;
    }
    const bool nameless = text(row, "name").ends_with("MissingProject");
    if (nameless) {
      // A directory whose name holds no letter gives no name either.
      compose::test::Try attempt(text(row, "input"));
      attempt.options.name.clear();
      attempt.options.load.working_dir = "/";
      CHECK(attempt.error().find(text(row, "error_contains")) != std::string::npos);
      return;
    }
    const auto loaded = load_row(row, true);
    REQUIRE_MESSAGE(!loaded.ok(), text(row, "name") << " was taken\n" << text(row, "input"));
    CHECK_MESSAGE(loaded.error().message().find(text(row, "error_contains")) != std::string::npos, text(row, "name") << "\nexpected: " << text(row, "error_contains") << "\nbut:      " << loaded.error().message());
  });
}

TEST_CASE("conformance: Compose merges") {
  each_row("compose-go/merge.jsonl", [&](const Json& row) {
    Node base = canonical(text(row, "base"));
    merge_documents(base, canonical(text(row, "override")));
    settle_marks(base);
    Node expected = canonical(text(row, "expected"));
    CHECK_MESSAGE(same(base, expected), text(row, "name") << "\n" << dump_json(to_json(base)) << "\n" << dump_json(to_json(expected)));
  });
}

TEST_CASE("conformance: Compose interpolation") {
  int without = 0;
  each_row("compose-go/interpolation.jsonl", [&](const Json& row) {
    auto environment = as_map(row["env"]);
    if (text(row, "name").starts_with("TestValidUnexistent")) {
      ++without;
      environment.clear();
    }
    const auto value = interpolate(text(row, "input"), {lookup_in(environment), nullptr});
    const Json& error = json_member(row, "expected_error");
    const bool fails = !error.is_null() || json_member(row, "expected").is_null();
    CHECK(value.ok() == !fails);
    if (value.ok() && !fails) CHECK(value.value() == text(row, "expected"));
    if (!value.ok() && error.is_string() && error != "InvalidTemplate") CHECK(value.error().message() == error.get<std::string>());
    if (!value.ok() && error == "InvalidTemplate") CHECK(value.error().code == "compose.template");
    if (!value.ok() && error.is_object()) CHECK(value.error().message() == "required variable " + json_string(error, "Variable") + " is missing a value: " + json_string(error, "Reason"));
  });
  MESSAGE(without << " rows TestValidUnexistent... were read without variables: the suite's program passes none there, the column holds those of the other tables");
}

TEST_CASE("conformance: variables that a Compose file names") {
  each_row("compose-go/extract-variables.jsonl", [&](const Json& row) {
    const auto build = [](const auto& self, const Json& value) -> Node {
      if (value.is_object()) {
        Node map = Node::map();
        for (const auto& [key, member] : value.items()) map.set(key, self(self, member));
        return map;
      }
      if (value.is_array()) {
        Node list = Node::list();
        for (const Json& item : value) list.items.push_back(self(self, item));
        return list;
      }
      return Node::of_text(value.is_string() ? value.get<std::string>() : dump_json(value));
    };
    const auto found = variables_of(build(build, row["input"]));
    CHECK(found.size() == row["expected"].size());
    for (const auto& [name, expected] : row["expected"].items()) {
      REQUIRE_MESSAGE(found.contains(name), name);
      const Variable& variable = found.at(name);
      CHECK(variable.fallback == json_string(expected, "DefaultValue"));
      CHECK(variable.presence == json_string(expected, "PresenceValue"));
      CHECK(variable.required == json_bool(expected, "Required"));
    }
  });
}

TEST_CASE("conformance: files of variables") {
  for (const char* table : {"compose-go/dotenv-doc.jsonl", "compose-go/dotenv-files.jsonl", "compose-go/dotenv-line.jsonl"})
    each_row(table, [&](const Json& row) {
      const std::string name = text(row, "name");
      std::map<std::string, std::string> around;
      if (name.starts_with("TestInherited")) around["VAR_TO_BE_LOADED_FROM_OS_ENV"] = "SOME_RANDOM_VALUE";
      if (name == "TestSubstitutionsWithEnvFilePrecedence" || name == "TestSubstitutionsWithEnvFileDefaultValuePrecedence") around["OPTION_A"] = "5";
      if (name.find("_VAR") != std::string::npos) around = {{"EMPTY_VAR", ""}, {"TEST_VAR", "Test Value"}};
      const bool raw = name == "TestLoadWithFormat";
      const auto read = raw ? parse_raw_env(text(row, "input")) : parse_dotenv(text(row, "input"), lookup_in(around));
      if (name.starts_with("ignore:")) {  // what is left after blanks and comments
        CHECK(read.ok());
        if (read.ok()) CHECK(read.value().empty() == json_member(row, "want_rest").is_null());
        return;
      }
      const Json& expected = row["expected"];
      if (expected == "error" || !json_member(row, "err").is_null()) {
        CHECK_FALSE(read.ok());
        return;
      }
      REQUIRE_MESSAGE(read.ok(), read.error().message());
      std::map<std::string, std::string> values(read.value().begin(), read.value().end());
      if (expected.is_object()) {
        if (name == "TestLoadDoesNotOverride") {
          MESSAGE("left out: " << name << ": what a file may not override is decided by who uses it, see the project's tests");
          return;
        }
        for (const auto& [key, value] : expected.items()) CHECK_MESSAGE(values[key] == value.get<std::string>(), key);
      } else if (row.contains("key")) {
        REQUIRE(values.size() == 1);
        CHECK(values.begin()->first == text(row, "key"));
        CHECK(values.begin()->second == text(row, "expected"));
      } else {
        CHECK("RESULT=" + values["RESULT"] == text(row, "expected"));
      }
    });
}

TEST_CASE("conformance: published ports") {
  each_row("compose-go/ports.jsonl", [&](const Json& row) {
    const auto ports = parse_port(text(row, "input"));
    if (!json_member(row, "expected_error").is_null()) {
      REQUIRE_FALSE(ports.ok());
      CHECK(ports.error().message() == text(row, "expected_error"));
      return;
    }
    REQUIRE_MESSAGE(ports.ok(), ports.error().message());
    REQUIRE(ports.value().size() == row["expected"].size());
    for (size_t i = 0; i < ports.value().size(); ++i) {
      const Node& port = ports.value()[i];
      const Json& expected = row["expected"][i];
      CHECK(port.text_of("mode") == json_string(expected, "Mode"));
      CHECK(port.text_of("host_ip") == json_string(expected, "HostIP"));
      CHECK(port.integer_of("target") == json_int(expected, "Target"));
      CHECK(port.text_of("published") == json_string(expected, "Published"));
      CHECK(port.text_of("protocol") == json_string(expected, "Protocol"));
    }
  });
}

TEST_CASE("conformance: short forms of volumes") {
  each_row("compose-go/volume-spec.jsonl", [&](const Json& row) {
    const auto mount = parse_mount(text(row, "input"));
    if (row.contains("expected_error")) {
      REQUIRE_FALSE(mount.ok());
      CHECK(mount.error().message().find(text(row, "expected_error")) != std::string::npos);
      return;
    }
    REQUIRE_MESSAGE(mount.ok(), mount.error().message());
    const Json& expected = row["expected"];
    CHECK(mount.value().text_of("type") == json_string(expected, "Type"));
    CHECK(mount.value().text_of("source") == json_string(expected, "Source"));
    CHECK(mount.value().text_of("target") == json_string(expected, "Target"));
    CHECK(mount.value().flag_of("read_only") == json_bool(expected, "ReadOnly"));
    if (const Json& bind = json_member(expected, "Bind"); bind.is_object()) {
      REQUIRE(mount.value().find("bind") != nullptr);
      CHECK(mount.value().find("bind")->text_of("propagation") == json_string(bind, "Propagation"));
      CHECK(mount.value().find("bind")->text_of("selinux") == json_string(bind, "SELinux"));
      CHECK(mount.value().find("bind")->flag_of("create_host_path") == json_bool(bind, "CreateHostPath"));
    }
  });
}

TEST_CASE("conformance: aliases in a circle") {
  each_row("compose-go/reset-cycle.jsonl", [&](const Json& row) {
    const auto documents = read_yaml("compose.yaml", text(row, "config"));
    CHECK(documents.ok() == !json_bool(row, "expectError"));
    if (!documents.ok()) MESSAGE(text(row, "name") << ": its sentence is compared by its beginning: the suite's paths tell its own way through the tree (" << text(row, "errorMsg") << "), ours are " << documents.error().message());
    if (!documents.ok()) CHECK(documents.error().message().find("cycle detected: node at path ") != std::string::npos);
  });
}

TEST_CASE("conformance: sizes") {
  each_row("compose-go/bytes.jsonl", [&](const Json& row) {
    const auto input = parse_json(text(row, "input"));
    const std::string spelt = input.ok() && input.value().is_string() ? input.value().get<std::string>() : text(row, "input");
    const auto size = parse_size(spelt);
    REQUIRE_MESSAGE(size.ok(), size.error().message());
    CHECK(size.value() == json_int(row, "expected"));
  });
}
