#include "lessons/engine/checks.hpp"

#include <algorithm>
#include <charconv>
#include <set>

#include "api/event_codec.hpp"
#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "viewer/model/build_steps.hpp"
#include "viewer/model/build_words.hpp"

namespace strates::lessons {

namespace {

using Fields = std::map<std::string, std::string>;

std::string field(const Fields& fields, std::string_view key) {
  const auto found = fields.find(std::string(key));
  return found == fields.end() ? "" : found->second;
}

std::string plain(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  return dump_json(value);
}

Result<CheckResult> check_diff(const Check& check, const CheckContext& context) {
  const std::string name = field(check.fields, "container");
  const Json changes = TRY(context.client.get("/containers/" + percent_encode(name) + "/changes"));
  std::set<std::string> lines;
  for (const auto& change : changes) {
    static constexpr std::string_view kLetters = "CAD";
    const auto kind = static_cast<size_t>(json_int(change, "Kind"));
    lines.insert(std::string(1, kLetters[std::min<size_t>(kind, 2)]) + " " + json_string(change, "Path"));
  }
  const std::string has = field(check.fields, "has");
  const std::string lacks = field(check.fields, "lacks");
  const std::string all = lines.empty() ? "rien" : join(std::vector<std::string>(lines.begin(), lines.end()), ", ");
  for (const auto& wanted : split(has, '\n'))
    if (!wanted.empty() && !lines.contains(wanted)) return CheckResult{false, "docker diff " + name + " montre « " + wanted + " »", all};
  for (const auto& unwanted : split(lacks, '\n'))
    if (!unwanted.empty() && std::any_of(lines.begin(), lines.end(), [&](const std::string& line) { return line == unwanted || line.substr(2) == unwanted; }))
      return CheckResult{false, "docker diff " + name + " ne montre pas « " + unwanted + " »", all};
  return CheckResult{true, "docker diff " + name, all};
}

Result<CheckResult> check_output(const Check& check, const CheckContext& context) {
  const std::string contains = field(check.fields, "contains");
  const std::string lacks = field(check.fields, "lacks");
  if (!contains.empty() && context.last_output.find(contains) == std::string::npos)
    return CheckResult{false, "la sortie contient « " + contains + " »", std::string(trim(context.last_output))};
  if (!lacks.empty() && context.last_output.find(lacks) != std::string::npos)
    return CheckResult{false, "la sortie ne contient pas « " + lacks + " »", std::string(trim(context.last_output))};
  return CheckResult{true, "la sortie", ""};
}

Result<CheckResult> check_exit(const Check& check, const CheckContext& context) {
  const std::string wanted = field(check.fields, "code");
  const std::string found = std::to_string(context.last_exit);
  return CheckResult{wanted == found, "code de sortie " + wanted, "code de sortie " + found};
}

Result<CheckResult> check_container(const Check& check, const CheckContext& context) {
  const std::string name = field(check.fields, "name");
  const auto answer = context.client.get("/containers/" + percent_encode(name) + "/json");
  if (!answer.ok()) {
    if (answer.error().kind != ErrorKind::NotFound) return answer.error();
    return CheckResult{false, "le conteneur " + name + " existe", "il n’y en a pas"};
  }
  const Json& state = json_member(answer.value(), "State");
  if (const std::string wanted = field(check.fields, "state"); !wanted.empty() && wanted != json_string(state, "Status"))
    return CheckResult{false, name + " est dans l’état " + wanted, "état " + json_string(state, "Status")};
  if (const std::string wanted = field(check.fields, "exit"); !wanted.empty() && wanted != std::to_string(json_int(state, "ExitCode")))
    return CheckResult{false, name + " s’est terminé avec le code " + wanted, "code " + std::to_string(json_int(state, "ExitCode"))};
  return CheckResult{true, "le conteneur " + name, ""};
}

// 'is gone' first proves that it existed: the trace saw it come.
Result<CheckResult> check_gone(const Check& check, const CheckContext& context) {
  const std::string name = field(check.fields, "container");
  const bool existed = std::any_of(context.container_names.begin(), context.container_names.end(), [&](const auto& pair) { return pair.second == name; });
  if (!existed) return CheckResult{false, name + " a existé, puis a disparu", "il n’a jamais existé pendant cette leçon"};
  const auto answer = context.client.get("/containers/" + percent_encode(name) + "/json");
  if (answer.ok()) return CheckResult{false, name + " a disparu", "il est encore là"};
  if (answer.error().kind != ErrorKind::NotFound) return answer.error();
  return CheckResult{true, name + " a disparu", ""};
}

Result<CheckResult> check_image(const Check& check, const CheckContext& context) {
  const std::string name = field(check.fields, "name");
  const auto answer = context.client.get("/images/" + name + "/json");
  if (!answer.ok()) {
    if (answer.error().kind != ErrorKind::NotFound) return answer.error();
    return CheckResult{false, "l’image " + name + " existe", "il n’y en a pas"};
  }
  const size_t layers = json_member(json_member(answer.value(), "RootFS"), "Layers").size();
  if (const std::string wanted = field(check.fields, "layers"); !wanted.empty() && wanted != std::to_string(layers))
    return CheckResult{false, name + " a " + wanted + " couches", std::to_string(layers) + " couches"};
  return CheckResult{true, "l’image " + name, ""};
}

Result<CheckResult> check_event(const Check& check, const CheckContext& context) {
  EventPattern pattern{field(check.fields, "type"), check.fields};
  pattern.fields.erase("type");
  pattern.fields.erase("count");
  const auto count = std::count_if(context.events.begin(), context.events.end(), [&](const Event& event) { return matches(pattern, event, context.container_names); });
  const std::string wanted = field(check.fields, "count");
  const bool passed = wanted.empty() ? count > 0 : wanted == std::to_string(count);
  std::string words = "événement " + pattern.type;
  for (const auto& [key, value] : pattern.fields) words += " " + key + "=" + value;
  if (!wanted.empty()) words += " (" + wanted + " fois)";
  return CheckResult{passed, words, std::to_string(count) + " dans la trace"};
}

Result<CheckResult> check_order(const Check& check, const CheckContext& context) {
  size_t at = 0;
  for (const auto& text : split(field(check.fields, "events"), '\n')) {
    const EventPattern pattern = TRY(parse_event_pattern("event " + text));
    while (at < context.events.size() && !matches(pattern, context.events[at], context.container_names)) ++at;
    if (at == context.events.size()) return CheckResult{false, "« " + text + " » à sa place dans l’ordre", "la trace ne le montre pas après ce qui précède"};
    ++at;
  }
  return CheckResult{true, "l’ordre des événements", ""};
}

// The numbers of a field's list, or -1 among them for what is none.
std::vector<int> numbers(const std::string& text) {
  std::vector<int> out;
  for (const auto& word : split(text, '\n')) out.push_back(small_number(word));
  return out;
}

std::string step_words(const viewer::BuildStep& step) {
  const std::string words = "étape " + std::to_string(step.index) + " : " + viewer::state_word(step);
  return step.reason ? words + " (" + viewer::miss_words(*step.reason) + ")" : words;
}

// What the cache said of each step of a build; a step that it was not asked for (FROM, a build that stopped before) is neither.
Result<CheckResult> check_cache(const Check& check, const CheckContext& context) {
  const std::string tag = field(check.fields, "tag");
  const std::string last = field(check.fields, "last");
  const viewer::BuildSteps builds = viewer::fold_builds(context.events);
  const viewer::BuildRun* run = builds.choose(tag, last.empty() ? 1 : small_number(last));
  if (run == nullptr) return CheckResult{false, "une construction de " + tag + (last.empty() ? "" : " (la " + last + "e en partant de la fin)"), "la trace n’en montre pas"};
  for (const auto* list : {"hits", "misses"}) {
    const bool hit = std::string_view(list) == "hits";
    if (!check.fields.contains(list)) continue;
    for (const int index : numbers(field(check.fields, list))) {
      const viewer::BuildStep* step = run->step(index);
      const std::string wanted = "étape " + std::to_string(index) + " de " + tag + (hit ? " prise du cache" : " exécutée, pas prise du cache");
      if (step == nullptr) return CheckResult{false, wanted, "cette construction n’a que " + std::to_string(run->steps.size()) + " étapes"};
      if (hit ? step->state != viewer::StepState::Hit : !step->reason) return CheckResult{false, wanted, step_words(*step)};
    }
  }
  return CheckResult{true, "le cache pour chaque étape de " + tag, ""};
}

Result<void> validate_cache(const Check& check) {
  const auto refuse = [&](std::string_view cause, std::string_view advice) { return make_error(ErrorKind::Invalid, "lesson.check", "", check.what, cause, advice); };
  if (!check.fields.contains("hits") && !check.fields.contains("misses")) return refuse("« cache » ne vérifie rien", "donnez hits ou misses : les numéros des étapes, par exemple hits: [2, 3]");
  std::set<int> seen;
  for (const auto* list : {"hits", "misses"}) {
    if (!check.fields.contains(list)) continue;
    for (const int index : numbers(field(check.fields, list))) {
      if (index < 1) return refuse("« " + std::string(list) + " » attend des numéros d’étapes, à partir de 1", "écrivez par exemple " + std::string(list) + ": [2, 3]");
      if (!seen.insert(index).second) return refuse("l’étape " + std::to_string(index) + " est nommée deux fois", "une étape est prise du cache ou ne l’est pas");
    }
  }
  if (const std::string last = field(check.fields, "last"); check.fields.contains("last") && small_number(last) < 1)
    return refuse("last doit être un nombre à partir de 1, pas « " + last + " »", "1 est la dernière construction, 2 celle d’avant");
  return {};
}

struct Row {
  CheckDoc doc;
  std::vector<std::string> required, optional;
  Result<CheckResult> (*run)(const Check&, const CheckContext&);
  bool open = false;  // further fields are part of the pattern
};

const std::vector<Row>& table() {
  static const std::vector<Row> rows = {
      {{"diff", "container, has, lacks", "ce que docker diff montre (« C /etc/motd ») ou ne montre pas"}, {"container"}, {"has", "lacks"}, check_diff},
      {{"output", "contains, lacks", "la sortie du dernier bloc run"}, {}, {"contains", "lacks"}, check_output},
      {{"exit", "code", "le code de sortie du dernier bloc run"}, {"code"}, {}, check_exit},
      {{"container", "name, state, exit", "un conteneur existe, dans cet état, terminé avec ce code"}, {"name"}, {"state", "exit"}, check_container},
      {{"gone", "container", "un conteneur a existé pendant la leçon et n’existe plus"}, {"container"}, {}, check_gone},
      {{"image", "name, layers", "une image existe, avec ce nombre de couches"}, {"name"}, {"layers"}, check_image},
      {{"event", "type, count, champs de l’événement", "la trace montre cet événement"}, {"type"}, {"count"}, check_event, true},
      {{"order", "events", "la trace montre ces événements dans cet ordre"}, {"events"}, {}, check_order},
      {{"cache", "tag, hits, misses, last", "ces étapes de la dernière construction de tag ont été prises du cache (hits) ou exécutées (misses) ; last: 2 est la construction d’avant"},
       {"tag"}, {"hits", "misses", "last"}, check_cache},
  };
  return rows;
}

const Row* find_row(const std::string& name) {
  for (const auto& row : table())
    if (row.doc.name == name) return &row;
  return nullptr;
}

}  // namespace

int small_number(std::string_view text) {
  int out = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), out);
  return failed != std::errc() || end != text.data() + text.size() || out < 0 || out > 9999 ? -1 : out;
}

Result<EventPattern> parse_event_pattern(std::string_view text) {
  std::vector<std::string> words;
  for (const auto& word : split(text, ' '))
    if (!word.empty()) words.push_back(word);
  if (words.size() < 2 || words[0] != "event")
    return make_error(ErrorKind::Invalid, "lesson.pattern", "", std::string(text), "un motif commence par « event NOM »", "");
  EventPattern pattern{words[1], {}};
  for (size_t i = 2; i < words.size(); ++i) {
    const size_t equals = words[i].find('=');
    if (equals == std::string::npos || equals == 0)
      return make_error(ErrorKind::Invalid, "lesson.pattern", "", std::string(text), "« " + words[i] + " » n’est pas de la forme champ=valeur", "");
    pattern.fields[words[i].substr(0, equals)] = words[i].substr(equals + 1);
  }
  return pattern;
}

bool matches(const EventPattern& pattern, const Event& event, const std::map<std::string, std::string>& names) {
  if (api::event_type(event.what) != pattern.type) return false;
  if (pattern.fields.empty()) return true;
  const Json json = api::event_to_json(event);
  for (const auto& [key, wanted] : pattern.fields) {
    const Json& member = json_member(json, key);
    if (member.is_null()) return false;
    std::string found = plain(member);
    if (key == "container")
      if (const auto name = names.find(found); name != names.end() && name->second == wanted) found = wanted;
    if (found != wanted) return false;
  }
  return true;
}

std::span<const CheckDoc> check_docs() {
  static const std::vector<CheckDoc> docs = [] {
    std::vector<CheckDoc> out;
    for (const auto& row : table()) out.push_back(row.doc);
    return out;
  }();
  return docs;
}

Result<void> validate_check(const Check& check) {
  const Row* row = find_row(check.what);
  if (row == nullptr) {
    std::vector<std::string> names;
    for (const auto& known : table()) names.emplace_back(known.doc.name);
    return make_error(ErrorKind::Invalid, "lesson.check", "", check.what, "vérification inconnue « " + check.what + " »", "les vérifications sont : " + join(names, ", "));
  }
  for (const auto& wanted : row->required)
    if (!check.fields.contains(wanted))
      return make_error(ErrorKind::Invalid, "lesson.check", "", check.what, "« " + check.what + " » veut le champ " + wanted, "les champs sont : " + std::string(row->doc.fields));
  for (const auto& [key, value] : check.fields) {
    const bool known = row->open || std::find(row->required.begin(), row->required.end(), key) != row->required.end() ||
                       std::find(row->optional.begin(), row->optional.end(), key) != row->optional.end();
    if (!known)
      return make_error(ErrorKind::Invalid, "lesson.check", "", check.what, "champ inconnu « " + key + " » pour " + check.what, "les champs sont : " + std::string(row->doc.fields));
  }
  // A check that looks at nothing cannot fail.
  if (row->required.empty() && check.fields.empty())
    return make_error(ErrorKind::Invalid, "lesson.check", "", check.what, "« " + check.what + " » ne vérifie rien", "donnez un de ces champs : " + std::string(row->doc.fields));
  if (check.what == "diff" && !check.fields.contains("has") && !check.fields.contains("lacks"))
    return make_error(ErrorKind::Invalid, "lesson.check", "", check.what, "« diff » ne vérifie rien", "donnez has ou lacks");
  if (check.what == "cache") return validate_cache(check);
  return {};
}

Result<CheckResult> run_check(const Check& check, const CheckContext& context) {
  TRY(validate_check(check));
  auto result = find_row(check.what)->run(check, context);
  if (!result.ok() && result.error().kind == ErrorKind::NotFound) return CheckResult{false, check.what, result.error().message()};
  return result;
}

}  // namespace strates::lessons
