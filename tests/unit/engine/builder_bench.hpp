// A base image, and builds on it.
#pragma once

#include <doctest/doctest.h>

#include <regex>
#include <string>
#include <vector>

#include "builder_fake.hpp"

namespace strates::engine::fake {

inline constexpr std::string_view kBusybox = "busybox";

struct Bench {
  Bench() {
    host.add_base(std::string(kBusybox), {directory("bin"), directory("etc"), {"bin/sh", "shell", file_meta(0755)}, {"etc/motd", "hello"},
                                          {"etc/passwd", "root:x:0:0::/:/bin/sh\nweb:x:33:34::/:/bin/sh\n"}, {"etc/group", "www:x:35:\n"}});
  }

  Result<ImageId> build(const std::string& dockerfile, std::vector<Entry> context = {}) {
    context.push_back({"Dockerfile", dockerfile});
    request.context = std::make_shared<StringSpool>(tar_of(context));
    output = FakeOutput();
    output.cancel_after = cancel_after;
    before = host.tracer().last();
    return run_build(host, request, output, 0);
  }

  // The Build events of the last build.
  template <typename T>
  std::vector<T> events() {
    std::vector<T> out;
    for (const Event& event : host.tracer().kept(before))
      if (const auto* family = std::get_if<event::Build>(&event.what))
        if (const T* fact = std::get_if<T>(family)) out.push_back(*fact);
    return out;
  }
  template <typename T>
  T only_reason() {
    const auto missed = events<event::CacheMissed>();
    REQUIRE_FALSE(missed.empty());
    const T* reason = std::get_if<T>(&missed.front().reason);
    REQUIRE(reason != nullptr);
    return *reason;
  }
  const FakeTree& tree(const ImageId& id) { return host.trees[id]; }
  const image::RunConfig& config(const ImageId& id) { return find(id).config.config; }
  const ImageRecord& find(const ImageId& id) {
    for (const ImageRecord& record : host.images)
      if (record.id == id) return record;
    REQUIRE(false);
    return host.images.front();
  }
  // With every id of 12 digits as <id>.
  std::string said() const { return std::regex_replace(output.text, std::regex("\\b[0-9a-f]{12}\\b"), "<id>"); }

  FakeHost host;
  FakeOutput output;
  BuildRequest request;
  Seq before = 0;
  int cancel_after = -1;
};

inline std::string message(const Result<ImageId>& result) {
  REQUIRE_FALSE(result.ok());
  return result.error().message();
}

}  // namespace strates::engine::fake
