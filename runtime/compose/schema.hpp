// The keys of the Compose specification as tables: what each may hold, how its short forms are written out, how two files merge there.
//
// One table drives the refusals, the long form, the merge and the order of `config`. Source: the Compose specification (compose-spec/compose-spec, schema).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "compose/node.hpp"

namespace strates::compose {

// What a value may be. Numbers and flags may also be text: a ${VARIABLE} is text until its value is known.
enum class Shape : std::uint8_t {
  Any,
  Text,
  TextOrNull,
  Flag,
  Integer,
  Natural,       // from 0
  Number,
  TextOrNumber,
  Size,          // bytes: 512, "64m"
  Duration,      // "1m30s"
  Words,         // a list of text or numbers
  WordOrWords,   // the same, or one
  Command,       // null, text in a shell's words, or a list
  Dictionary,    // a map of scalars, or a list of NAME=VALUE
  Hosts,         // a map of a name to one or several addresses, or a list of NAME=ADDRESS or NAME:ADDRESS
  Block,        // a map whose keys are a table
  BlockOrNull,
  Blocks,       // a map of names to records, each of which may be null
  BlockList,    // a list of records
};

// A second way to write a record, which the long form replaces.
enum class Short : std::uint8_t {
  None,
  Build,      // text: the context
  DependsOn,  // a list of names
  Names,      // a list of names: networks, models
  Ports,      // "8080:80/tcp"
  Mounts,     // "data:/var/lib:ro"
  Grants,     // secrets and configs: a name
  EnvFiles,   // one path or several
  Devices,    // "/dev/a:/dev/b:rwm"
  Limits,     // ulimits: one number
  External,   // a flag
  Extends,    // a service's name
  Include,    // one path
  Test,       // healthcheck.test: text is CMD-SHELL
  Gpus,       // "all"
};

enum class Merging : std::uint8_t {
  Deep,      // maps key by key, lists one after the other (each entry once)
  Replace,   // the later file's value alone
  Logging,   // deep when the driver is the same
  ByTarget,  // lists of records: one for each target, the later in the earlier's place
  BySubnet,
  ByPath,
  Append,
};

struct Record;

struct Field {
  std::string_view name;
  Shape shape = Shape::Text;
  const Record* record = nullptr;  // of Block, Blocks, BlockList
  Short form = Short::None;
  Merging merging = Merging::Deep;
  std::string_view choices = {};  // "bind|volume": the only values
};

struct Record {
  std::span<const Field> fields;
  std::string_view required = {};  // names, separated by spaces
  bool extensions = true;          // x-...
  const Field* find(std::string_view name) const;
};

const Record& file_record();     // the whole file
const Record& service_record();

// Refuses what the specification does not know. code compose.unknown-key, compose.type, compose.missing-key, compose.value; the message names the place,
// and for an unknown key the nearest known one.
Result<void> validate(const Node& document);
// Refuses a merged document in which a key is missing (a file that only overrides may leave it out): code compose.missing-key.
Result<void> require_keys(const Node& document);

// All short forms written out and numbers, flags, sizes and durations made themselves; after interpolation. Errors as validate.
Result<void> make_canonical(Node& document);
Result<void> make_canonical(Node& node, const Record& record, const std::string& path);

// `over` on top of `base`, both canonical: the specification's 13-merge.md.
void merge(Node& base, const Node& over, const Record& record);
void merge_documents(Node& base, const Node& over);
// Takes out what `!reset` marks and clears the marks.
void settle_marks(Node& node);

}  // namespace strates::compose
