// What may be typed next after `docker compose WORDS`: commands, flags, services, profiles. The shells' scripts ask for it (cli/completion.cpp).
#pragma once

#include "cli/compose/call.hpp"

namespace strates::cli {

// `words` come after "compose"; the last is the one being typed, perhaps empty. Nothing is printed, no engine is asked: services and profiles
// are those of the files that Compose would take here. Sorted; without those that do not begin as typed.
std::vector<std::string> compose_completions(Session& session, const ComposePorts& ports, const ComposeSurroundings& around, const std::vector<std::string>& words);

// Compose's own flags, before the command; their meaning.
std::span<const FlagSpec> compose_global_flags();
ComposeGlobals compose_globals_of(const ParsedFlags& flags);

}  // namespace strates::cli
