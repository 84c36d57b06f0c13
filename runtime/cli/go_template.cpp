#include "cli/go_template.hpp"

#include <algorithm>

#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "cli/go_structs.hpp"
#include "cli/template_tree.hpp"

namespace strates::cli {

using tmpl::Command;
using tmpl::Node;
using tmpl::Operand;
using tmpl::Pipeline;

namespace {

// Docker prints these fields of its structures so when they are absent or null; our values are JSON, which no longer knows the types.
struct EmptyField {
  std::string_view name, shown;
};
constexpr EmptyField kEmptyFields[] = {
    {"Health", "<nil>"},    {"Healthcheck", "<nil>"}, {"StopTimeout", "<nil>"}, {"SizeRw", "<nil>"}, {"SizeRootFs", "<nil>"}, {"Shell", "[]"},
    {"StopSignal", ""},     {"ExposedPorts", "map[]"}, {"Labels", "map[]"},     {"Volumes", "map[]"}, {"Env", "[]"},          {"Cmd", "[]"},
    {"Entrypoint", "[]"},   {"OnBuild", "[]"},        {"CapAdd", "[]"},         {"CapDrop", "[]"},   {"ExecIDs", "[]"},       {"Binds", "[]"},
    {"ContainerConfig", "<nil>"}, {"RepoDigests", "[]"}, {"RepoTags", "[]"},
    {"Init", "<nil>"},      {"PidsLimit", "<nil>"},   {"OomKillDisable", "<nil>"}, {"MemorySwappiness", "<nil>"}, {"IPAMConfig", "<nil>"}, {"UsageData", "<nil>"},
    {"Links", "[]"},        {"Aliases", "[]"},        {"VolumesFrom", "[]"},    {"ExtraHosts", "[]"}, {"GroupAdd", "[]"},     {"SecurityOpt", "[]"},
    {"Ulimits", "[]"},      {"Devices", "[]"},        {"DeviceRequests", "[]"}, {"DeviceCgroupRules", "[]"}, {"Mounts", "[]"}, {"Args", "[]"},
    {"BlkioDeviceReadBps", "[]"}, {"BlkioDeviceWriteBps", "[]"}, {"BlkioDeviceReadIOps", "[]"}, {"BlkioDeviceWriteIOps", "[]"}, {"BlkioWeightDevice", "[]"},
    {"MaskedPaths", "[]"},  {"ReadonlyPaths", "[]"},  {"SecondaryIPAddresses", "[]"}, {"SecondaryIPv6Addresses", "[]"}, {"Peers", "[]"},
    {"Tmpfs", "map[]"},     {"Sysctls", "map[]"},     {"StorageOpt", "map[]"},  {"DriverOpts", "map[]"}, {"Options", "map[]"}, {"Services", "map[]"},
    {"Status", "map[]"},    {"NetworkDisabled", "false"}, {"ArgsEscaped", "false"},
    {"Variant", ""},        {"OsVersion", ""},        {"BaseLayer", ""},        {"MacAddress", ""},
};

const EmptyField* empty_field(std::string_view name) {
  for (const EmptyField& field : kEmptyFields)
    if (field.name == name) return &field;
  return nullptr;
}

// A member by its name in JSON or in Docker's Go structures: "Id" and "ID", "ApiVersion" and "APIVersion". What Go exports begins with a capital letter.
Json::const_iterator member(const Json& object, const std::string& field) {
  auto found = object.find(field);
  if (found != object.end() || field.empty() || field[0] < 'A' || field[0] > 'Z') return found;
  for (found = object.begin(); found != object.end(); ++found)
    if (equal_ignoring_case(found.key(), field)) return found;
  return found;
}

// How an action's value is printed, when what it is in Go says more than the value: null, a duration, a moment.
struct Shown {
  std::string_view when_null = "<no value>";
  const tmpl::GoField* field = nullptr;
};

class Evaluator {
 public:
  Evaluator(std::string_view text, const TemplateData& data) : text_(text), data_(data) { variables_.emplace_back("$", data.value); }

  Result<void> run(const tmpl::Nodes& nodes, const Json& dot, std::string& out) {
    const size_t scope = variables_.size();
    for (const auto& node : nodes) TRY(step(*node, dot, out));
    variables_.resize(scope);
    return success();
  }

 private:
  Result<void> step(const Node& node, const Json& dot, std::string& out) {
    if (out.size() > kMaxOutput) return fail_at(0, "", "the result is too long");
    switch (node.kind) {
      case Node::Kind::Text: out += node.text; return success();
      case Node::Kind::Action: {
        Shown shown;
        const Json value = TRY(evaluate(node.pipeline, dot, &shown));
        if (!node.pipeline.variables.empty()) {
          assign(node.pipeline, value);
          return success();
        }
        const auto alone = shown.field != nullptr ? tmpl::go_scalar(*shown.field, value) : std::nullopt;
        out += value.is_null() ? std::string(shown.when_null) : alone ? *alone : tmpl::print_value(value);
        return success();
      }
      case Node::Kind::If:
      case Node::Kind::With: {
        const size_t scope = variables_.size();
        const Json value = TRY(evaluate(node.pipeline, dot));
        if (!node.pipeline.variables.empty()) assign(node.pipeline, value);
        const bool yes = tmpl::truth(value);
        TRY(run(yes ? node.body : node.otherwise, yes && node.kind == Node::Kind::With ? value : dot, out));
        variables_.resize(scope);
        return success();
      }
      case Node::Kind::Range: return range(node, dot, out);
    }
    return success();
  }

  Result<void> range(const Node& node, const Json& dot, std::string& out) {
    const Json list = TRY(evaluate(node.pipeline, dot));
    std::vector<std::pair<Json, const Json*>> items;
    if (list.is_array()) {
      for (size_t i = 0; i < list.size(); ++i) items.emplace_back(Json(i), &list[i]);
    } else if (list.is_object()) {
      for (const auto& [key, value] : list.items()) items.emplace_back(Json(key), &value);
      std::sort(items.begin(), items.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    } else if (!list.is_null()) {
      return fail_at(node.pipeline.commands[0].operands[0].position, node.pipeline.commands[0].operands[0].source,
                     "range can't iterate over " + tmpl::print_value(list));
    }
    if (items.empty()) return run(node.otherwise, dot, out);
    for (const auto& [key, value] : items) {
      const size_t scope = variables_.size();
      const std::vector<std::string>& names = node.pipeline.variables;
      if (names.size() == 1) variables_.emplace_back(names[0], *value);
      if (names.size() >= 2) {
        variables_.emplace_back(names[0], key);
        variables_.emplace_back(names[1], *value);
      }
      TRY(run(node.body, *value, out));
      variables_.resize(scope);
    }
    return success();
  }

  void assign(const Pipeline& pipeline, const Json& value) {
    const std::string& name = pipeline.variables[0];
    if (!pipeline.declares)
      for (size_t i = variables_.size(); i-- > 0;)
        if (variables_[i].first == name) {
          variables_[i].second = value;
          return;
        }
    variables_.emplace_back(name, value);
  }

  Result<Json> evaluate(const Pipeline& pipeline, const Json& dot, Shown* shown = nullptr) {
    std::optional<Json> piped;
    for (const Command& command : pipeline.commands) {
      if (shown != nullptr) shown->field = nullptr;
      piped = TRY(call(command, dot, piped, shown));
    }
    return std::move(*piped);
  }

  Result<Json> call(const Command& command, const Json& dot, const std::optional<Json>& piped, Shown* shown) {
    const Operand& head = command.operands[0];
    const bool has_arguments = command.operands.size() > 1 || piped.has_value();
    std::vector<Json> arguments;
    for (size_t i = 1; i < command.operands.size(); ++i) arguments.push_back(TRY(value_of(command.operands[i], dot, nullptr)));
    if (piped) arguments.push_back(*piped);
    if (head.kind == Operand::Kind::Function) {
      auto result = tmpl::call_function(head.name, arguments);
      if (!result.ok()) return fail_at(head.position, result.error().code == "cli.template-arguments" ? head.name : command.source, result.error().message());
      // The rows of a list encode themselves, as Go's json.Marshal does.
      const bool whole_row = head.name == "json" && !data_.type.empty() && command.operands.size() == 2 && command.operands[1].kind == Operand::Kind::Dot &&
                             command.operands[1].fields.empty();
      if (whole_row) return Json(dump_json_go(data_.encoded != nullptr ? *data_.encoded : arguments[0]));
      return follow(std::move(result).value(), head, shown);
    }
    if (has_arguments && head.kind == Operand::Kind::Dot && head.fields.size() == 1 && data_.method) {
      std::vector<std::string> texts;
      for (const Json& argument : arguments) texts.push_back(tmpl::print_value(argument));
      if (auto result = data_.method(head.fields[0], texts)) return Json(*result);
    }
    if (has_arguments)
      return fail_at(head.position, head.source, (head.fields.empty() ? std::string("can't give argument to non-function ") + head.source
                                                                      : head.fields.back() + " is not a method but has arguments"));
    return value_of(head, dot, shown);
  }

  Result<Json> value_of(const Operand& operand, const Json& dot, Shown* shown) {
    switch (operand.kind) {
      case Operand::Kind::Dot: return follow(dot, operand, shown);
      case Operand::Kind::Literal: return *operand.literal;
      case Operand::Kind::Group: return follow(TRY(evaluate(*operand.group, dot)), operand, shown);
      case Operand::Kind::Function: {
        auto result = tmpl::call_function(operand.name, {});
        if (!result.ok()) return fail_at(operand.position, operand.name, result.error().message());
        return result;
      }
      case Operand::Kind::Variable:
        for (size_t i = variables_.size(); i-- > 0;)
          if (variables_[i].first == operand.name) return follow(variables_[i].second, operand, shown);
        return tmpl::template_error(text_, operand.position, "undefined variable " + go_quote(operand.name));
    }
    return Json();
  }

  Result<Json> follow(Json from, const Operand& operand, Shown* shown) {
    const Json* at = &from;
    static const Json kNull;
    std::string absent;
    for (const std::string& field : operand.fields) {
      const EmptyField* empty = empty_field(field);
      // Below a structure of Go's lie maps, empty or not: a key that they lack is no error.
      const bool in_map = !data_.type.empty() && at != &from;
      if (in_map && (at->is_null() || (at->is_object() && member(*at, field) == at->end()))) {
        at = &kNull;
        if (shown != nullptr) shown->when_null = "<no value>";
        continue;
      }
      if (!at->is_object()) {
        if (!absent.empty()) return fail_at(operand.position, operand.source, "map has no entry for key " + go_quote(absent));
        if (at->is_null()) return fail_at(operand.position, operand.source, "nil pointer evaluating interface {}." + field);
        return fail_at(operand.position, operand.source, "can't evaluate field " + field + " in type interface {}");
      }
      const auto found = member(*at, field);
      if (found == at->end() && (empty == nullptr || !data_.type.empty())) {
        if (!data_.type.empty()) return fail_at(operand.position, operand.source, "can't evaluate field " + field + " in type " + data_.type);
        return fail_at(operand.position, operand.source, "map has no entry for key " + go_quote(field));
      }
      if (found == at->end()) absent = field;
      if (shown != nullptr) shown->field = tmpl::go_field(*at, field);
      at = found == at->end() ? &kNull : &*found;
      if (shown != nullptr) shown->when_null = empty != nullptr ? empty->shown : std::string_view("<no value>");
    }
    return *at;
  }

  Error fail_at(size_t position, const std::string& source, const std::string& what) const {
    const std::string_view before = std::string_view(text_).substr(0, position);
    const size_t newline = before.rfind('\n');
    const size_t column = newline == std::string_view::npos ? position : position - newline - 1;
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    return docker_error(ErrorKind::Invalid, "cli.template", "template: :" + std::to_string(line) + ":" + std::to_string(column) +
                                                                ": executing \"\" at <" + source + ">: " + what);
  }

  static constexpr size_t kMaxOutput = 64 << 20;
  std::string_view text_;
  const TemplateData& data_;
  std::vector<std::pair<std::string, Json>> variables_;
};

}  // namespace

GoTemplate::GoTemplate(std::string text, std::vector<std::unique_ptr<Node>> nodes) : text_(std::move(text)), nodes_(std::move(nodes)) {}
GoTemplate::GoTemplate(GoTemplate&&) noexcept = default;
GoTemplate& GoTemplate::operator=(GoTemplate&&) noexcept = default;
GoTemplate::~GoTemplate() = default;

Result<GoTemplate> GoTemplate::parse(std::string_view text) {
  auto nodes = TRY(tmpl::parse_template(text));
  return GoTemplate(std::string(text), std::move(nodes));
}

Result<std::string> GoTemplate::execute(const TemplateData& data) const {
  std::string out;
  TRY(Evaluator(text_, data).run(nodes_, data.value, out));
  return out;
}

std::string unescape_format(std::string_view format) { return replace_all(replace_all(trim(format), "\\t", "\t"), "\\n", "\n"); }

}  // namespace strates::cli
