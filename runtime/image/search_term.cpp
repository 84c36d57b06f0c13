#include "image/search_term.hpp"

namespace strates::image {

std::string without_userinfo(std::string_view server) {
  const size_t scheme = server.find("://");
  const size_t host = scheme == std::string_view::npos ? 0 : scheme + 3;
  const size_t at = server.substr(0, server.find('/', host)).rfind('@');
  if (at == std::string_view::npos || at < host) return std::string(server);
  return std::string(server.substr(0, host)) + std::string(server.substr(at + 1));
}

SearchTerm split_search_term(std::string_view term) {
  const size_t slash = term.find('/');
  const std::string_view first = term.substr(0, slash);
  const bool named = slash != std::string_view::npos && (first.find_first_of(".:") != std::string_view::npos || first == "localhost");
  const std::string host = named ? without_userinfo(first) : "";
  std::string words(named ? term.substr(slash + 1) : term);
  if (!host.empty() && host != "docker.io" && host != "index.docker.io") return {host, std::move(words)};
  // Official images go by their short names, as in Docker.
  if (words.starts_with("library/")) words.erase(0, 8);
  return {"", std::move(words)};
}

}  // namespace strates::image
