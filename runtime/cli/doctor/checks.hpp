// What this machine allows, one finding at a time; each check tries the thing itself rather than guessing from a version.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/which_engine.hpp"

namespace strates::cli {

enum class Need {
  Required,  // without it lessons cannot run for real containers
  Useful,
};
enum class Verdict { Yes, No };

struct Finding {
  std::string id;  // "overlayfs": stable, for programs
  Need need = Need::Required;
  Verdict verdict = Verdict::No;
  std::string title;   // "Montage en couches (overlayfs)"
  std::string detail;  // what was seen
  std::string advice;  // what to do; empty when there is nothing to do
};

Finding check_root();
Finding check_kernel();
// Mounts a small overlay on the store's file system, in a mount namespace of its own, and looks at a copy-up and a whiteout.
Finding check_overlay(const std::string& store);
Finding check_namespaces();
Finding check_cgroups();
Finding check_fanotify();
Finding check_seccomp();
Finding check_resource_capability();
Finding check_forwarding();
// Of /proc/net/ip_tables_names: does the older iptables have a table of filters here? It is registered when first used, in each network namespace.
bool has_legacy_filter(std::string_view names);
Finding check_disk(const std::string& store);
std::vector<Finding> check_tools();
Finding check_daemon(const EngineChoice& choice);
Finding check_terminal();

std::vector<Finding> examine(const EngineChoice& choice);
// All that is required is there.
bool ready(const std::vector<Finding>& findings);

// The nearest existing ancestor of a directory, or itself.
std::string existing_parent(std::string path);

}  // namespace strates::cli
