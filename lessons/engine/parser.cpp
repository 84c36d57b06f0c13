#include <algorithm>
#include <charconv>

#include "base/strings.hpp"
#include "lessons/engine/checks.hpp"
#include "lessons/engine/lesson.hpp"
#include "lessons/engine/yaml.hpp"

namespace strates::lessons {

namespace {

constexpr size_t kFileLimit = 1 << 20;
constexpr size_t kStepLimit = 500;

struct Block {
  std::string language, option, text;
  int fence_line = 0;
};

class Parser {
 public:
  Parser(std::string path, std::string_view text) : path_(std::move(path)), lines_(split_lines(text)) {}

  Result<Lesson> parse() {
    Lesson lesson;
    lesson.path = path_;
    lesson.id = lesson_id(path_);
    TRY(front_matter(lesson));
    std::string prose;
    int prose_line = 0;
    const auto flush = [&] {
      if (!trim(prose).empty()) lesson.steps.push_back({prose_line, Prose{std::string(trim(prose))}});
      prose.clear();
    };
    while (at_ < lines_.size()) {
      if (!lines_[at_].starts_with("```")) {
        if (prose.empty()) prose_line = line();
        prose += lines_[at_++] + "\n";
        continue;
      }
      const Block block = TRY(fenced());
      if (block.language.empty() || block.language == "text" || block.language == "dockerfile") {
        // Something to read, not to do: it stays in the prose.
        if (prose.empty()) prose_line = block.fence_line;
        prose += "```" + block.language + "\n" + block.text + "```\n";
        continue;
      }
      flush();
      lesson.steps.push_back({block.fence_line, TRY(step(block))});
      if (lesson.steps.size() > kStepLimit) return error(block.fence_line, "plus de 500 étapes", "coupez la leçon en deux");
    }
    flush();
    if (lesson.steps.empty()) return error(line(), "la leçon est vide", "écrivez au moins un paragraphe après l’en-tête");
    return lesson;
  }

 private:
  int line() const { return static_cast<int>(at_) + 1; }
  Error error(int at_line, std::string_view cause, std::string_view advice) const {
    return make_error(ErrorKind::Invalid, "lesson.syntax", "", path_ + ":" + std::to_string(at_line), cause, advice);
  }

  Result<void> front_matter(Lesson& lesson) {
    if (lines_.empty() || lines_[0] != "---") return error(1, "la leçon ne commence pas par un en-tête", "commencez par une ligne « --- », puis title, covers, minutes et needs");
    std::string text;
    for (at_ = 1; at_ < lines_.size() && lines_[at_] != "---"; ++at_) text += lines_[at_] + "\n";
    if (at_ == lines_.size()) return error(1, "l’en-tête n’est pas fermé", "ajoutez une ligne « --- » après le dernier champ");
    ++at_;
    const YamlNode root = TRY(parse_yaml(path_, text, 2));
    if (root.kind != YamlNode::Kind::Map) return error(2, "l’en-tête doit être une suite de « champ: valeur »", "");
    for (const auto& [key, value] : root.members) {
      if (key == "title") lesson.title = TRY(scalar(key, value));
      else if (key == "covers") lesson.covers = TRY(rows(value));
      else if (key == "minutes") lesson.minutes = TRY(number(key, value));
      else if (key == "needs") lesson.needs = TRY(words(key, value));
      else return error(value.line, "champ inconnu « " + key + " » dans l’en-tête", "les champs sont title, covers, minutes, needs");
    }
    if (lesson.title.empty()) return error(2, "il manque le champ title", "ajoutez « title: ... »");
    if (lesson.covers.empty()) return error(2, "il manque le champ covers", "ajoutez « covers: [\"4.09\"] »");
    if (lesson.minutes < 1 || lesson.minutes > 90) return error(2, "minutes doit être entre 1 et 90", "");
    return {};
  }

  Result<std::string> scalar(const std::string& key, const YamlNode& node) const {
    if (node.kind != YamlNode::Kind::Scalar) return error(node.line, "« " + key + " » attend un texte", "");
    return node.scalar;
  }
  Result<int> number(const std::string& key, const YamlNode& node) const {
    const std::string text = TRY(scalar(key, node));
    int value = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failed != std::errc() || end != text.data() + text.size()) return error(node.line, "« " + key + " » attend un nombre, pas « " + text + " »", "");
    return value;
  }
  Result<std::vector<std::string>> words(const std::string& key, const YamlNode& node) const {
    if (node.kind != YamlNode::Kind::Sequence) return error(node.line, "« " + key + " » attend une liste", "écrivez « " + key + ": [a, b] »");
    std::vector<std::string> out;
    for (const auto& item : node.items) out.push_back(TRY(scalar(key, item)));
    return out;
  }
  Result<std::vector<std::string>> rows(const YamlNode& node) const {
    std::vector<std::string> out = TRY(words("covers", node));
    for (const auto& item : node.items)
      if (!item.quoted) return error(item.line, "la ligne " + item.scalar + " de covers n’est pas entre guillemets (YAML lirait 4.10 comme 4.1)", "écrivez \"" + item.scalar + "\"");
    return out;
  }

  Result<Block> fenced() {
    Block block;
    block.fence_line = line();
    const std::string info(trim(std::string_view(lines_[at_]).substr(3)));
    const size_t space = info.find(' ');
    block.language = info.substr(0, space);
    if (space != std::string::npos) block.option = std::string(trim(info.substr(space)));
    for (++at_; at_ < lines_.size(); ++at_) {
      if (trim(lines_[at_]) == "```") {
        ++at_;
        return block;
      }
      block.text += lines_[at_] + "\n";
    }
    return error(block.fence_line, "ce bloc n’est pas fermé", "ajoutez une ligne ```");
  }

  using What = std::variant<Prose, Run, Scene, Predict, Checks, Clean>;
  Result<What> step(const Block& block) const {
    if (block.language == "run") {
      Run run;
      if (block.option == "may-fail") run.may_fail = true;
      else if (!block.option.empty()) return error(block.fence_line, "option inconnue « " + block.option + " » pour run", "la seule option est may-fail");
      run.commands = commands(block.text);
      if (run.commands.empty()) return error(block.fence_line, "bloc run vide", "écrivez au moins une commande");
      return What(run);
    }
    if (!block.option.empty()) return error(block.fence_line, "« " + block.language + " » ne prend pas d’option", "");
    if (block.language == "clean") return What(Clean{commands(block.text)});
    if (block.language != "scene" && block.language != "predict" && block.language != "check")
      return error(block.fence_line, "bloc inconnu « " + block.language + " »", "les blocs sont run, scene, predict, check, clean (et text, dockerfile pour montrer sans faire)");
    const YamlNode root = TRY(parse_yaml(path_, block.text, block.fence_line + 1));
    if (block.language == "scene") return scene(root, block.fence_line);
    if (block.language == "predict") return predict(root, block.fence_line);
    return checks(root, block.fence_line);
  }

  static std::vector<std::string> commands(std::string_view text) {
    std::vector<std::string> out;
    std::string pending;
    for (const auto& raw : split_lines(text)) {
      if (pending.empty() && trim(raw).empty()) continue;
      pending += pending.empty() ? raw : "\n" + raw;
      if (raw.ends_with('\\')) continue;
      out.push_back(std::exchange(pending, {}));
    }
    if (!pending.empty()) out.push_back(pending);
    return out;
  }

  Result<std::map<std::string, std::string>> fields(const std::string& what, const YamlNode& node) const {
    if (node.kind != YamlNode::Kind::Map) return error(node.line, "« " + what + " » attend des champs", "écrivez « " + what + ": {champ: valeur} »");
    std::map<std::string, std::string> out;
    for (const auto& [key, value] : node.members) {
      if (value.kind == YamlNode::Kind::Sequence) out[key] = join(TRY(words(key, value)), "\n");
      else out[key] = TRY(scalar(key, value));
    }
    return out;
  }

  Result<What> scene(const YamlNode& root, int fence) const {
    if (root.kind != YamlNode::Kind::Map || root.members.size() != 1) return error(fence, "une scène a un seul genre", "écrivez « overlay: {container: NOM, focus: CHEMIN} »");
    Scene scene;
    scene.kind = root.members[0].first;
    scene.fields = TRY(fields(scene.kind, root.members[0].second));
    const int at = root.members[0].second.line;
    if (scene.kind != "overlay" && scene.kind != "build") return error(at, "scène inconnue « " + scene.kind + " »", "les scènes sont : overlay, build");
    const std::string known = scene.kind == "build" ? "tag et last" : "container et focus";
    for (const auto& [key, value] : scene.fields)
      if (scene.kind == "build" ? key != "tag" && key != "last" : key != "container" && key != "focus")
        return error(at, "champ inconnu « " + key + " » pour " + scene.kind, "les champs sont " + known);
    if (scene.kind == "overlay" && !scene.fields.contains("container")) return error(fence, "la scène overlay veut un container", "");
    if (scene.kind == "build" && !scene.fields.contains("tag")) return error(fence, "la scène build veut un tag", "écrivez « build: {tag: NOM} »");
    if (const auto last = scene.fields.find("last"); last != scene.fields.end() && (last->second.size() > 2 || small_number(last->second) < 1))
      return error(at, "last doit être un nombre de 1 à 99, pas « " + last->second + " »", "1 est la dernière construction, 2 celle d’avant");
    return What(scene);
  }

  Result<What> predict(const YamlNode& root, int fence) const {
    if (root.kind != YamlNode::Kind::Map) return error(fence, "predict attend question, choices et answer", "");
    Predict predict;
    for (const auto& [key, value] : root.members) {
      if (key == "question") predict.question = TRY(scalar(key, value));
      else if (key == "choices") predict.choices = TRY(words(key, value));
      else if (key == "answer") predict.answer = TRY(number(key, value));
      else if (key == "reveal") predict.reveal = TRY(scalar(key, value));
      else if (key == "because") predict.because = TRY(scalar(key, value));
      else return error(value.line, "champ inconnu « " + key + " » pour predict", "les champs sont question, choices, answer, reveal, because");
    }
    if (predict.question.empty()) return error(fence, "predict veut une question", "");
    if (predict.choices.size() < 2 || predict.choices.size() > 6) return error(fence, "predict veut de 2 à 6 choix", "");
    if (predict.answer < 1 || predict.answer > static_cast<int>(predict.choices.size()))
      return error(fence, "answer doit désigner un des choix, à partir de 1", "");
    if (!predict.reveal.empty()) {
      const auto parsed = parse_event_pattern(predict.reveal);
      if (!parsed.ok()) return error(fence, "reveal : " + parsed.error().cause, "écrivez « event NOM champ=valeur »");
    }
    return What(predict);
  }

  Result<What> checks(const YamlNode& root, int fence) const {
    if (root.kind != YamlNode::Kind::Sequence || root.items.empty()) return error(fence, "check attend une liste", "commencez chaque ligne par « - »");
    Checks out;
    for (const auto& item : root.items) {
      if (item.kind != YamlNode::Kind::Map || item.members.empty()) return error(item.line, "une vérification s’écrit « - nom: {champs} »", "");
      Check check;
      check.line = item.line;
      for (const auto& [key, value] : item.members) {
        if (key == "hint") {
          check.hint = TRY(scalar(key, value));
        } else if (check.what.empty()) {
          check.what = key;
          check.fields = TRY(fields(key, value));
        } else {
          return error(value.line, "« " + key + " » en trop : une vérification a un nom et, au besoin, un hint", "commencez une nouvelle ligne par « - »");
        }
      }
      const auto valid = validate_check(check);
      if (!valid.ok()) return error(item.line, valid.error().cause, valid.error().advice);
      out.checks.push_back(std::move(check));
    }
    return What(out);
  }

  std::string path_;
  std::vector<std::string> lines_;
  size_t at_ = 0;
};

std::string without_prefix(const std::string& name) {
  size_t digits = 0;
  while (digits < name.size() && name[digits] >= '0' && name[digits] <= '9') ++digits;
  return digits > 0 && digits < name.size() && name[digits] == '-' ? name.substr(digits + 1) : name;
}

}  // namespace

std::string lesson_id(std::string_view path) {
  std::string name = base_name(path);
  if (name.ends_with(".md")) name.resize(name.size() - 3);
  const std::string folder = base_name(dir_name(path));
  return (folder == "." || folder == "/" ? "" : folder + "/") + without_prefix(name);
}

Result<Lesson> parse_lesson(const std::string& path, std::string_view text) {
  if (text.size() > kFileLimit) return make_error(ErrorKind::Invalid, "lesson.syntax", "", path + ":1", "plus d’un mébioctet", "une leçon est un texte court");
  return Parser(path, text).parse();
}

}  // namespace strates::lessons
