// "Are you sure you want to continue? [y/N] ", as Docker asks (cli/command/utils.go, PromptForConfirmation): also when nobody sits at a terminal.
#pragma once

#include <string_view>

#include "cli/console.hpp"

namespace strates::cli {

// Reads one line; only "y" or "Y" is a yes.
bool confirmed(Console& console, std::string_view question);

}  // namespace strates::cli
