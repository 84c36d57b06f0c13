// One file on top of another: the Compose specification, 13-merge.md.
#include <map>

#include "compose/schema.hpp"

namespace strates::compose {

namespace {

using Kind = Node::Kind;

// What makes two entries of a list the same one.
std::string key_of(const Node& item, const Field& field) {
  if (item.is_scalar()) return field.name == "links" ? item.text.substr(0, item.text.find('=')) : item.text;
  switch (field.merging) {
    case Merging::ByPath: return item.text_of("path");
    case Merging::BySubnet: return item.text_of("subnet");
    case Merging::ByTarget: {
      std::string target = item.text_of("target");
      if (field.form == Short::Grants) {
        if (target.empty()) target = item.text_of("source");
        // A relative target lies in the folder of its kind.
        if (!target.starts_with('/')) target = (field.name == "configs" ? "/" : "/run/secrets/") + target;
        return target;
      }
      while (target.size() > 1 && target.ends_with('/')) target.pop_back();
      return target;
    }
    default: break;
  }
  if (field.form == Short::Ports) return item.text_of("host_ip") + ":" + item.text_of("published") + ":" + item.text_of("target") + "/" + item.text_of("protocol") + "/" + item.text_of("mode");
  return {};
}

void merge_value(Node& base, const Node& over, const Field* field);

void merge_maps(Node& base, const Node& over, const Record* record) {
  for (const Member& member : over.members) {
    if (member.value.mark == Node::Mark::Reset) {
      base.erase(member.name);
      continue;
    }
    Node* known = base.find(member.name);
    if (known == nullptr || member.value.mark == Node::Mark::Override) {
      base.set(member.name, member.value);
      continue;
    }
    merge_value(*known, member.value, record == nullptr ? nullptr : record->find(member.name));
  }
}

// Entries that are the same by their key are found by it: a range may be 65535 ports, and comparing each with each takes minutes.
void merge_list(Node& base, const Node& over, const Field* field) {
  std::map<std::string, size_t> by_key;
  if (field != nullptr)
    for (size_t i = 0; i < base.items.size(); ++i) by_key[key_of(base.items[i], *field)] = i;
  for (const Node& item : over.items) {
    if (item.mark == Node::Mark::Reset) continue;
    Node* known = nullptr;
    const std::string key = field == nullptr ? std::string() : key_of(item, *field);
    if (!key.empty()) {
      if (const auto found = by_key.find(key); found != by_key.end()) known = &base.items[found->second];
    } else {
      for (Node& candidate : base.items)
        if (same(candidate, item)) known = &candidate;
    }
    if (known == nullptr) {
      by_key[key] = base.items.size();
      base.items.push_back(item);
    } else if (field != nullptr && field->merging == Merging::BySubnet) {
      merge_maps(*known, item, field->record);
    } else {
      *known = item;
    }
  }
}

void merge_value(Node& base, const Node& over, const Field* field) {
  if (over.mark == Node::Mark::Override || base.kind != over.kind || base.is_scalar()) {
    // A name alone (`networks: [front]`) adds nothing to what is known of it.
    if (over.is(Kind::Null) && base.is(Kind::Map) && field == nullptr) return;
    base = over;
    return;
  }
  const Merging merging = field == nullptr ? Merging::Deep : field->merging;
  if (merging == Merging::Replace) {
    if (field->shape == Shape::Blocks) {  // ulimits: each entry replaces its namesake
      for (const Member& member : over.members) base.set(member.name, member.value);
      return;
    }
    base = over;
    return;
  }
  if (base.is(Kind::List)) return merge_list(base, over, field);
  if (merging == Merging::Logging) {
    const Node* before = base.find("driver");
    const Node* after = over.find("driver");
    if (before != nullptr && after != nullptr && before->text != after->text) {
      base = over;
      return;
    }
  }
  if (field != nullptr && field->shape == Shape::Blocks) {
    for (const Member& member : over.members) {
      if (member.value.mark == Node::Mark::Reset) {
        base.erase(member.name);
        continue;
      }
      Node* known = base.find(member.name);
      if (known == nullptr || known->is(Kind::Null) || member.value.mark == Node::Mark::Override) base.set(member.name, member.value);
      else if (member.value.is(Kind::Map)) merge_maps(*known, member.value, field->record);
    }
    return;
  }
  if (field != nullptr && field->shape == Shape::Hosts) {
    for (const Member& member : over.members) {
      if (Node* known = base.find(member.name)) merge_list(*known, member.value, nullptr);
      else base.set(member.name, member.value);
    }
    return;
  }
  merge_maps(base, over, field == nullptr ? nullptr : field->record);
}

void unique_entries(Node& node, const Field& field) {
  Node kept = node;
  kept.items.clear();
  merge_list(kept, node, &field);
  node.items = std::move(kept.items);
}

// Entries that say the same twice in one file are one entry too.
void unify(Node& node, const Record& record) {
  for (Member& member : node.members) {
    const Field* field = record.find(member.name);
    if (field == nullptr) continue;
    if (field->shape == Shape::BlockList || ((field->shape == Shape::Words || field->shape == Shape::WordOrWords) && field->merging == Merging::Deep)) unique_entries(member.value, *field);
    if (field->record == nullptr) continue;
    if (field->shape == Shape::Blocks)
      for (Member& entry : member.value.members) unify(entry.value, *field->record);
    else if (field->shape == Shape::BlockList)
      for (Node& entry : member.value.items) unify(entry, *field->record);
    else unify(member.value, *field->record);
  }
}

}  // namespace

void merge(Node& base, const Node& over, const Record& record) {
  merge_maps(base, over, &record);
  unify(base, record);
}

void merge_documents(Node& base, const Node& over) { merge(base, over, file_record()); }

void settle_marks(Node& node) {
  std::erase_if(node.members, [](const Member& member) { return member.value.mark == Node::Mark::Reset; });
  std::erase_if(node.items, [](const Node& item) { return item.mark == Node::Mark::Reset; });
  node.mark = Node::Mark::None;
  for (Member& member : node.members) settle_marks(member.value);
  for (Node& item : node.items) settle_marks(item);
}

}  // namespace strates::compose
