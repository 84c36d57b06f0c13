#include "registry/program/image_copy.hpp"

#include <set>

#include "base/json_full.hpp"
#include "base/strings.hpp"

namespace strates::registry::server {

namespace {

class Finder {
 public:
  Finder(Link& link, ImageParts& out, std::string architecture) : link_(link), out_(out), architecture_(std::move(architecture)) {}

  Result<void> manifest(const std::string& reference) {
    const LinkAnswer answer = TRY(link_.call({"GET", "/v2/" + out_.name + "/manifests/" + reference, {}, nullptr}));
    if (!answer.ok()) return link_error(answer, out_.name + ":" + reference);
    ImagePart part{http_header(answer.headers, "Content-Type").value_or(""), http_header(answer.headers, "Docker-Content-Digest").value_or(""), answer.text.size(), answer.text, true};
    const Json json = TRY(parse_json(answer.text));
    const Json& children = json_member(json, "manifests");
    if (children.is_array()) {
      for (const auto& child : children)
        if (wanted(child)) TRY(manifest(json_string(child, "digest")));
    } else {
      blob(json_member(json, "config"));
      const Json& layers = json_member(json, "layers");
      if (layers.is_array())
        for (const auto& layer : layers) blob(layer);
    }
    if (seen_.insert(part.digest).second) out_.parts.push_back(std::move(part));
    return success();
  }

 private:
  // One platform of an index: a room has one kind of machine. What says no platform is taken.
  bool wanted(const Json& child) const {
    const Json& platform = json_member(child, "platform");
    if (!platform.is_object()) return true;
    return json_string(platform, "os") == "linux" && json_string(platform, "architecture") == architecture_;
  }
  void blob(const Json& descriptor) {
    const std::string digest = json_string(descriptor, "digest");
    const bool elsewhere = json_member(descriptor, "urls").is_array() && !json_member(descriptor, "urls").empty();
    if (digest.empty() || elsewhere || !seen_.insert(digest).second) return;
    out_.parts.push_back({json_string(descriptor, "mediaType"), digest, static_cast<std::uint64_t>(json_int(descriptor, "size")), {}, false});
  }

  Link& link_;
  ImageParts& out_;
  const std::string architecture_;
  std::set<std::string> seen_;
};

}  // namespace

std::string this_architecture() {
#if defined(__x86_64__)
  return "amd64";
#elif defined(__aarch64__)
  return "arm64";
#elif defined(__arm__)
  return "arm";
#else
  return "unknown";
#endif
}

Result<ImageParts> find_image(Link& link, const std::string& text, const std::string& architecture) {
  const auto reference = TRY(image::parse_reference(text)).with_default_tag();
  ImageParts out{reference.path, reference.tag, {}};
  TRY(Finder(link, out, architecture).manifest(reference.digest.empty() ? reference.tag : reference.digest));
  return out;
}

std::vector<std::string> read_image_list(const std::string& text) {
  std::vector<std::string> out;
  const auto lines = split_lines(text);
  for (const std::string& line : lines)
    if (const std::string name(trim(line.substr(0, line.find('#')))); !name.empty()) out.push_back(name);
  return out;
}

}  // namespace strates::registry::server
