// The part of Go's text/template that `--format` needs: fields, variables, pipelines, if, range, with, and Docker's functions.
//
// Supported: {{.A.B}}, {{$x := ...}}, {{json .X}}, {{index .M "k" 0}}, {{len .X}}, {{range $i, $e := .X}}{{else}}{{end}}, {{if}}{{else if}}{{end}},
// {{with}}, comments, trim marks, and the functions of template_functions.cpp. Not supported, and refused: define, template, block, break, continue.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"

namespace strates::cli {

namespace tmpl {
struct Node;
}

// What a template is applied to: a value, and methods that take arguments ({{.Label "k"}}).
struct TemplateData {
  const Json& value;
  std::function<std::optional<std::string>(std::string_view method, const std::vector<std::string>& arguments)> method;
  std::string type;  // Go's type name in errors; empty: the value is a map ("map has no entry for key")
  const Json* encoded = nullptr;  // what {{json .}} writes where that is not the value
};

class GoTemplate {
 public:
  // Errors are Go's sentences: code cli.template, "template: :1: unclosed action".
  static Result<GoTemplate> parse(std::string_view text);
  Result<std::string> execute(const TemplateData& data) const;

  GoTemplate(GoTemplate&&) noexcept;
  GoTemplate& operator=(GoTemplate&&) noexcept;
  ~GoTemplate();

 private:
  GoTemplate(std::string text, std::vector<std::unique_ptr<tmpl::Node>> nodes);
  std::string text_;
  std::vector<std::unique_ptr<tmpl::Node>> nodes_;
};

// "\\t" and "\\n" as written in a shell become what they mean.
std::string unescape_format(std::string_view format);

}  // namespace strates::cli
