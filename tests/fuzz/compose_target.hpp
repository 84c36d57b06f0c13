// Compose files, their variables and their short forms, as they come from anybody's repository.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace strates::fuzz {

// The whole way from text to a project and back: what `config` prints must be read again as the same project.
bool read_compose(std::string_view bytes);
std::vector<std::string> compose_files();

bool read_interpolation(std::string_view bytes);
std::vector<std::string> interpolations();

bool read_dotenv(std::string_view bytes);
std::vector<std::string> dotenvs();

// Ports, mounts, devices, sizes, durations, shell words.
bool read_short_forms(std::string_view bytes);
std::vector<std::string> short_forms();

}  // namespace strates::fuzz
