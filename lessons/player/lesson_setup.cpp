#include "lessons/player/lesson_setup.hpp"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "base/json_full.hpp"
#include "base/text.hpp"

namespace strates::lessons {

std::string engine_host(const std::string& given) {
  if (!given.empty()) return given;
  for (const char* name : {"STRATES_HOST", "DOCKER_HOST"})
    if (const char* host = std::getenv(name); host != nullptr && *host != '\0') return host;
  if (geteuid() == 0) return "unix:///run/strates/strates.sock";
  const auto variable = [](const char* name) -> std::string {
    const char* value = std::getenv(name);
    return value != nullptr ? value : "";
  };
  const std::string runtime = variable("XDG_RUNTIME_DIR"), state = variable("XDG_STATE_HOME");
  if (!runtime.empty()) return "unix://" + runtime + "/strates/strates.sock";
  return "unix://" + (state.empty() ? variable("HOME") + "/.local/state" : state) + "/strates/strates.sock";
}

Result<std::string> engine_words(api::Client& client, const std::string& host) {
  const Json info = TRY(client.get("/strates/v1/info"));
  return tr(json_string(info, "world") == "sim" ? Text::LearnEngineSim : Text::LearnEngineLinux, host);
}

std::string neighbour(const std::string& name) {
  std::error_code error;
  return std::filesystem::read_symlink("/proc/self/exe", error).parent_path() / name;
}

Result<void> prepare_images(const Lesson& lesson, api::Client& client, ShellCommands& shell, const Say& say) {
  for (const auto& image : lesson.needs) {
    const auto present = [&] { return client.get("/images/" + image + "/json"); };
    const auto found = present();
    if (found.ok()) continue;
    if (found.error().kind != ErrorKind::NotFound) return found.error();
    say(tr(Text::PlayerPreparing, image) + "\n");
    const auto prepared = TRY(shell.run("strates images prepare " + image, say));
    say("\n");
    if (prepared.exit_code == 0 && present().ok()) continue;
    return make_error(ErrorKind::NotFound, "lesson.needs-image", tr(Text::PlayerNeeds, lesson.id), image, tr(Text::PlayerNoImage), tr(Text::PlayerPrepare, image));
  }
  return {};
}

void clean_up(const Lesson& lesson, ShellCommands& shell) {
  for (const auto& step : lesson.steps)
    if (const auto* block = std::get_if<Clean>(&step.what))
      for (const auto& command : block->commands) ignore(shell.run(command + " >/dev/null 2>&1", [](std::string_view) {}));
}

}  // namespace strates::lessons
