// Rows shown as Docker shows lists: a table, a Go template, or "table" and a template.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "cli/tab_table.hpp"

namespace strates::cli {

struct Column {
  std::string_view field;   // "ID"
  std::string_view header;  // "CONTAINER ID"
};

struct Listing {
  std::vector<Column> fields;    // every field a format may name, with its header
  std::string default_format;    // "table {{.ID}}\t{{.Image}}"
  std::string raw_format = "raw";  // what the word "raw" stands for
  std::string go_type;           // for errors: "*formatter.imageContext"
  std::string parse_error = "template parsing error: ", execute_error = "template parsing error: ";  // what stands before Go's own words
  std::vector<Json> encoded;     // what {{json .}} writes of each row; empty: its fields
  // {{.Label "k"}} of row i; empty: no such method.
  std::function<std::optional<std::string>(size_t row, std::string_view method, const std::vector<std::string>& arguments)> method;
};

// `rows`: objects with the fields of the listing. format: what --format says; empty or "table": the default.
Result<std::string> render_listing(const Listing& listing, std::string_view format, const std::vector<Json>& rows);

}  // namespace strates::cli
