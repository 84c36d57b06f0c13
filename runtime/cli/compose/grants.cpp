#include "cli/compose/grants.hpp"

namespace strates::cli {

std::vector<Grant> grants_of(const compose::Project& project, const compose::Service& service) {
  struct Row {
    const char *key, *kind, *folder;
    const compose::Node& definitions;
  };
  std::vector<Grant> out;
  for (const Row& row : {Row{"secrets", "secret", "/run/secrets/", project.secrets}, Row{"configs", "config", "/", project.configs}}) {
    const compose::Node* list = service.node.find(row.key);
    if (list == nullptr) continue;
    for (const compose::Node& asked : list->items) {
      const std::string source = asked.text_of("source");
      if (const compose::Node* definition = row.definitions.find(source)) out.push_back({row.kind, row.folder, source, &asked, definition});
    }
  }
  return out;
}

}  // namespace strates::cli
