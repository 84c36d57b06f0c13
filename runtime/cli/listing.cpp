#include "cli/listing.hpp"

#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "cli/go_template.hpp"

namespace strates::cli {

Result<std::string> render_listing(const Listing& listing, std::string_view format, const std::vector<Json>& rows) {
  std::string text(format.empty() || format == "table" ? listing.default_format : format == "raw" ? listing.raw_format : format);
  const bool table = text.starts_with("table");
  if (table) text.erase(0, 5);
  // A raw form ends with a line end of its own: an empty line parts what it shows.
  auto parsed = GoTemplate::parse(format == "raw" ? text : unescape_format(text));
  if (!parsed.ok()) {
    Error error = std::move(parsed).error();
    error.wire = listing.parse_error + error.message();
    return error;
  }
  const auto execute = [&](const TemplateData& data) -> Result<std::string> {
    auto shown = parsed.value().execute(data);
    if (shown.ok()) return shown;
    Error error = std::move(shown).error();
    error.wire = listing.execute_error + error.message();
    return error;
  };
  std::string out;
  if (table) {
    Json headers = Json::object();
    for (const Column& column : listing.fields) headers[std::string(column.field)] = std::string(column.header);
    const TemplateData data{headers,
                            [](std::string_view, const std::vector<std::string>& arguments) -> std::optional<std::string> {
                              // The header of {{.Label "com.example.tier-name"}} is "tier name".
                              const std::string name = arguments.empty() ? "" : split(arguments[0], '.').back();
                              return replace_all(replace_all(name, "-", " "), "_", " ");
                            },
                            listing.go_type};
    out += TRY(execute(data)) + "\n";
  }
  for (size_t i = 0; i < rows.size(); ++i) {
    TemplateData data{rows[i], nullptr, listing.go_type, i < listing.encoded.size() ? &listing.encoded[i] : nullptr};
    if (listing.method) data.method = [&listing, i](std::string_view method, const std::vector<std::string>& arguments) { return listing.method(i, method, arguments); };
    out += TRY(execute(data)) + "\n";
  }
  return table ? align_tabs(out, kListLayout) : out;
}

}  // namespace strates::cli
