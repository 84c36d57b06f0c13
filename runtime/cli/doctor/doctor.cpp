// strates doctor: the findings as a page or as JSON.
#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "cli/doctor/checks.hpp"
#include "cli/flags.hpp"
#include "cli/front_commands.hpp"
#include "cli/tab_table.hpp"

namespace strates::cli {

namespace {

constexpr FlagSpec kFlags[] = {bool_flag("json", 0, "")};

std::string page(const std::vector<Finding>& findings) {
  size_t width = 0;
  for (const Finding& finding : findings) width = std::max(width, code_points(finding.title));
  std::string out;
  for (const Finding& finding : findings) {
    const char* mark = finding.verdict == Verdict::Yes ? "✔" : finding.need == Need::Required ? "✘" : "•";
    out += std::string(mark) + " " + finding.title + std::string(width - code_points(finding.title) + 2, ' ') +
           tr(finding.verdict == Verdict::Yes ? Text::DoctorYes : Text::DoctorNo) + "  " + finding.detail + "\n";
    if (!finding.advice.empty()) out += std::string(width + 4, ' ') + "→ " + finding.advice + "\n";
  }
  out += "\n" + tr(ready(findings) ? Text::DoctorReady : Text::DoctorNotReady) + "\n";
  return out;
}

std::string document(const std::vector<Finding>& findings) {
  Json checks = Json::array();
  for (const Finding& finding : findings) {
    Json check = Json::object();
    check["id"] = finding.id;
    check["ok"] = finding.verdict == Verdict::Yes;
    check["required"] = finding.need == Need::Required;
    check["title"] = finding.title;
    check["detail"] = finding.detail;
    check["advice"] = finding.advice;
    checks.push_back(std::move(check));
  }
  Json out = Json::object();
  out["ready"] = ready(findings);
  out["checks"] = std::move(checks);
  return dump_json_pretty(out, 2) + "\n";
}

}  // namespace

std::vector<Finding> examine(const EngineChoice& choice) {
  const std::string store = choice.root.empty() || choice.world == World::Simulated ? "/var/lib/strates" : choice.root;
  std::vector<Finding> out = {check_root(), check_kernel(), check_overlay(store), check_namespaces(), check_cgroups(), check_seccomp()};
  std::vector<Finding> tools = check_tools();
  out.push_back(tools[0]);
  for (Finding finding : {check_fanotify(), check_resource_capability(), check_forwarding(), check_disk(store)}) out.push_back(std::move(finding));
  out.insert(out.end(), tools.begin() + 1, tools.end());
  out.push_back(check_daemon(choice));
  out.push_back(check_terminal());
  return out;
}

bool ready(const std::vector<Finding>& findings) {
  for (const Finding& finding : findings)
    if (finding.need == Need::Required && finding.verdict == Verdict::No) return false;
  return true;
}

Result<int> doctor_command(const FrontCall& call) {
  const auto flags = parse_flags(kFlags, call.words, Positionals::Interspersed);
  if (!flags.ok()) return usage_error("doctor", flags.error());
  if (flags.value().help) {
    call.console.out(front_help("strates doctor [--json]", Text::DoctorHelp));
    return 0;
  }
  if (!flags.value().arguments.empty())
    return usage_error("doctor", docker_error(ErrorKind::Invalid, "cli.usage", tr(Text::CliUnexpectedArgument, flags.value().arguments[0])));
  const EngineChoice choice = TRY(choose_engine(call.options.host, process_surroundings()));
  const std::vector<Finding> findings = examine(choice);
  call.console.out(flags.value().boolean("json") ? document(findings) : page(findings));
  return ready(findings) ? 0 : 1;
}

}  // namespace strates::cli
