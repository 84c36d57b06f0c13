// The classic builder's cache: an image made here on the same parent, whose container had the same configuration. And why there was none.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/event.hpp"
#include "engine/build_host.hpp"

namespace strates::engine {

// What a step is looked up by.
struct StepProbe {
  image::RunConfig config;                   // Cmd holds the probe
  std::string instruction;                   // as written in the Dockerfile
  std::string source;                        // COPY: the first source as written
  std::map<std::string, std::string> files;  // COPY: checksum of each entry taken, by its path in the context
};

// Equal but for what belongs to one container (Hostname, Domainname, Image).
bool same_configuration(const image::RunConfig& a, const image::RunConfig& b);
// The newest of `candidates` (newest first) that was made by the same step; null: none.
const ImageRecord* find_cached(const std::vector<ImageRecord>& candidates, const image::RunConfig& probe);
// Why none was. Looks at the candidates of the same instruction, nearest first; notes of COPY steps come from `host`.
event::MissReason explain_miss(BuildHost& host, const std::vector<ImageRecord>& candidates, const StepProbe& probe);
// What is kept beside the image that a COPY made, for explain_miss. Empty: too much to keep.
std::string copy_note(const StepProbe& probe);

}  // namespace strates::engine
