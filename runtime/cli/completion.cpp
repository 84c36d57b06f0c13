// Completion: small shell functions that ask this program, so that they never lag behind its tables.
#include "cli/docker_front.hpp"

#include <algorithm>

#include "api/client.hpp"
#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "cli/ensure_daemon.hpp"
#include "cli/front_commands.hpp"

namespace strates::cli {

namespace {

constexpr const char* kBash =
    "# bash: source <(strates completion bash)\n"
    "_strates() {\n"
    "  local hidden=__complete\n"
    "  [ \"${COMP_WORDS[0]##*/}\" = docker ] && hidden=__complete-docker\n"
    "  local IFS=$'\\n'\n"
    "  COMPREPLY=($(strates $hidden -- \"${COMP_WORDS[@]:1:COMP_CWORD}\" 2>/dev/null))\n"
    "}\n"
    "complete -o default -F _strates strates\n"
    "[ \"$(basename \"$(readlink -f \"$(type -P docker)\")\")\" = strates ] && complete -o default -F _strates docker\n"
    "true\n";

constexpr const char* kZsh =
    "#compdef strates\n"
    "# zsh: source <(strates completion zsh)\n"
    "_strates() {\n"
    "  local -a candidates\n"
    "  candidates=(${(f)\"$(strates __complete -- \"${(@)words[2,CURRENT]}\" 2>/dev/null)\"})\n"
    "  if (( ${#candidates} )); then compadd -a candidates; else _files; fi\n"
    "}\n"
    "compdef _strates strates\n";

constexpr const char* kFish =
    "# fish: strates completion fish | source\n"
    "function __strates_complete\n"
    "  set -l words (commandline -opc) (commandline -ct)\n"
    "  strates __complete -- $words[2..-1] 2>/dev/null\n"
    "end\n"
    "complete -c strates -a '(__strates_complete)'\n";

// Names that the engine knows; nothing when it does not answer.
std::vector<std::string> names_of(std::string_view use) {
  std::vector<std::string> out;
  const auto choice = choose_engine("", process_surroundings());
  if (!choice.ok() || !answers(choice.value().socket)) return out;
  api::Client client(api::unix_transport(choice.value().socket));
  if (use.find("CONTAINER") != std::string_view::npos || use.find("NAME|ID") != std::string_view::npos)
    if (const auto containers = client.get("/containers/json?all=1"); containers.ok())
      for (const Json& container : containers.value())
        for (const std::string& name : json_strings(container, "Names")) out.push_back(name.substr(name.starts_with('/') ? 1 : 0));
  if (use.find("IMAGE") != std::string_view::npos || use.find("NAME|ID") != std::string_view::npos || use.find("REPOSITORY") != std::string_view::npos)
    if (const auto images = client.get("/images/json"); images.ok())
      for (const Json& image : images.value())
        for (const std::string& tag : json_strings(image, "RepoTags")) out.push_back(tag.ends_with(":latest") ? tag.substr(0, tag.size() - 7) : tag);
  return out;
}

std::vector<std::string> docker_candidates(const std::vector<std::string>& words) {
  std::vector<std::string> out;
  const std::vector<std::string> before(words.begin(), words.end() - 1);
  size_t used = 0;
  const Command* command = find_command(before, used);
  if (command == nullptr) {
    for (const Command& row : docker_commands()) {
      if (row.handler == nullptr) continue;
      const std::vector<std::string> name = split(row.name, ' ');
      if (before.empty() && name.size() == 1) out.push_back(name[0]);
      if (before.size() == 1 && name.size() == 2 && name[0] == before[0]) out.push_back(name[1]);
    }
    if (before.empty())
      for (const CommandGroup& group : docker_groups()) out.emplace_back(group.name);
    if (before.empty()) out.emplace_back("compose");
    return out;
  }
  if (words.back().starts_with('-')) {
    for (const FlagSpec& flag : command->flags)
      if (flag.support == FlagSupport::Yes) out.push_back("--" + std::string(flag.name));
    return out;
  }
  return names_of(command->use);
}

}  // namespace

std::vector<std::string> compose_words(const std::vector<std::string>& given, bool docker) {
  std::vector<std::string> words = given;
  if (!words.empty() && words[0] == "--") words.erase(words.begin());
  if (!docker && !words.empty() && words[0] == "docker") words.erase(words.begin());
  if (words.size() < 2 || words[0] != "compose") return {};
  words[0] = "--";
  words.insert(words.begin(), "__complete");
  return words;
}

std::vector<std::string> completions(const std::vector<std::string>& given, bool docker) {
  std::vector<std::string> words = given;
  if (!words.empty() && words[0] == "--") words.erase(words.begin());
  if (words.empty()) words.emplace_back();
  const std::string last = words.back();
  std::vector<std::string> out;
  if (docker) {
    out = docker_candidates(words);
  } else if (words.size() == 1) {
    for (const FrontCommand& command : front_commands()) out.emplace_back(command.name);
    for (const char* option : {"--help", "--host", "--lang", "--version"}) out.emplace_back(option);
  } else if (words[0] == "docker") {
    out = docker_candidates({words.begin() + 1, words.end()});
  } else if (words[0] == "completion") {
    out = {"bash", "fish", "zsh"};
  } else if (words[0] == "images") {
    out = words.size() == 2 ? std::vector<std::string>{"prepare"} : std::vector<std::string>{"all", "busybox", "debian", "hello-world", "nginx", "postgres", "redis", "--force"};
  } else if (words[0] == "trace") {
    out = {"--follow", "--json", "--packets", "--record", "--replay", "--since"};
  } else if (words[0] == "daemon") {
    out = {"--ensure", "--status", "--stop"};
  } else if (words[0] == "layers") {
    out = {"--files", "--json"};
  } else if (words[0] == "doctor") {
    out = {"--json"};
  }
  std::erase_if(out, [&](const std::string& word) { return !word.starts_with(last); });
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

Result<int> completion_command(const FrontCall& call) {
  struct Shell {
    std::string_view name;
    const char* script;
  };
  static constexpr Shell kShells[] = {{"bash", kBash}, {"zsh", kZsh}, {"fish", kFish}};
  if (call.words.size() == 1)
    for (const Shell& shell : kShells)
      if (shell.name == call.words[0]) {
        call.console.out(shell.script);
        return 0;
      }
  if (!call.words.empty() && (call.words[0] == "--help" || call.words[0] == "-h")) {
    call.console.out(front_help("strates completion bash|zsh|fish", Text::CliCompletionHelp));
    return 0;
  }
  return usage_error("completion", docker_error(ErrorKind::Invalid, "cli.usage", tr(Text::CliCompletionShell)));
}

}  // namespace strates::cli
