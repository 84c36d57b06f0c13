// What every player of a lesson does before and after it: which engine, the images it needs, what it leaves taken away.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "api/client.hpp"
#include "lessons/engine/lesson.hpp"
#include "lessons/player/shell_command.hpp"

namespace strates::lessons {

// --host, STRATES_HOST, DOCKER_HOST, then ours: as the command line chooses. "unix:///path".
std::string engine_host(const std::string& given);
// "real containers on this Linux kernel (unix:///run/strates/strates.sock)"
Result<std::string> engine_words(api::Client& client, const std::string& host);
// The program `name` beside this one.
std::string neighbour(const std::string& name);

using Say = std::function<void(std::string_view)>;
// Prepares what is not there. code lesson.needs-image, or the engine's own when it does not answer.
Result<void> prepare_images(const Lesson& lesson, api::Client& client, ShellCommands& shell, const Say& say);
// Runs the lesson's `clean` commands; what they say is not shown.
void clean_up(const Lesson& lesson, ShellCommands& shell);

}  // namespace strates::lessons
