#include "lessons/engine/yaml.hpp"

#include <yaml-cpp/yaml.h>

namespace strates::lessons {

namespace {

constexpr size_t kLimit = 64 << 10;
constexpr int kDepth = 16;

Error syntax(const std::string& file, int line, std::string_view cause, std::string_view advice) {
  return make_error(ErrorKind::Invalid, "lesson.syntax", "", file + ":" + std::to_string(line), cause, advice);
}

Result<YamlNode> convert(const std::string& file, const YAML::Node& node, int first_line, int depth) {
  YamlNode out;
  out.line = first_line + std::max(0, node.Mark().line);
  if (depth > kDepth) return syntax(file, out.line, "trop de niveaux imbriqués", "aplatissez ce bloc");
  switch (node.Type()) {
    case YAML::NodeType::Undefined:
    case YAML::NodeType::Null: return out;
    case YAML::NodeType::Scalar:
      out.kind = YamlNode::Kind::Scalar;
      out.scalar = node.Scalar();
      out.quoted = node.Tag() == "!";
      return out;
    case YAML::NodeType::Sequence:
      out.kind = YamlNode::Kind::Sequence;
      for (const auto& item : node) out.items.push_back(TRY(convert(file, item, first_line, depth + 1)));
      return out;
    case YAML::NodeType::Map:
      out.kind = YamlNode::Kind::Map;
      for (const auto& pair : node) {
        if (!pair.first.IsScalar()) return syntax(file, out.line, "une clé doit être un mot", "");
        if (out.member(pair.first.Scalar()) != nullptr)
          return syntax(file, first_line + std::max(0, pair.first.Mark().line), "la clé « " + pair.first.Scalar() + " » est donnée deux fois", "gardez-en une");
        out.members.emplace_back(pair.first.Scalar(), TRY(convert(file, pair.second, first_line, depth + 1)));
      }
      return out;
  }
  return out;
}

}  // namespace

const YamlNode* YamlNode::member(std::string_view key) const {
  for (const auto& [name, value] : members)
    if (name == key) return &value;
  return nullptr;
}

Result<YamlNode> parse_yaml(const std::string& file, std::string_view text, int first_line) {
  if (text.size() > kLimit) return syntax(file, first_line, "bloc de plus de 64 Kio", "coupez-le");
  try {
    const YAML::Node root = YAML::Load(std::string(text));
    return convert(file, root, first_line, 0);
  } catch (const YAML::Exception& error) {
    return syntax(file, first_line + std::max(0, error.mark.line), "YAML : " + error.msg, "vérifiez les deux-points, les guillemets et l’alignement");
  }
}

}  // namespace strates::lessons
