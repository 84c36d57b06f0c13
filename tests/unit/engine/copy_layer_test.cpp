// What a COPY leaves in an image, over the simulated world, and how often a copy looks whether its client is still there.
#include <algorithm>

#include "engine/copy_tree.hpp"
#include "tests/unit/engine/image_bench.hpp"

using namespace strates;
using namespace strates::engine;
using namespace strates::engine::test;

namespace {

class Silent final : public BuildOutput {
 public:
  void stream(std::string_view) override {}
  void image(const ImageId&) override {}
  bool cancelled() override { return false; }
};

// The paths of the top layer's files.
std::vector<std::string> copied(ImageBench& bench, const std::string& copy) {
  Silent output;
  BuildRequest request;
  request.context = std::make_shared<StringSpool>(tar_of({{"Dockerfile", "FROM busybox\n" + copy + "\n"}, {"hosts", "10.0.0.1 db\n"}, {"resolv.conf", "nameserver 10.0.0.2\n"}, {"z", "", image::EntryType::Directory}, {"z/a", "1"}}));
  request.tags = {"copied"};
  const auto image = bench.engine->build(request, output);
  REQUIRE_MESSAGE(image.ok(), (image.ok() ? "" : image.error().explanation()));
  const LayerReport report = bench.engine->layer_report("copied").value();
  std::vector<std::string> out;
  for (const auto& file : report.layers.back().files) out.push_back(file.path);
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace

TEST_CASE("a COPY to a file that every container gets from the engine is kept in the image, as in Docker") {
  ImageBench bench;
  bench.busybox();
  CHECK(copied(bench, "COPY hosts resolv.conf /etc/") == std::vector<std::string>{"etc/hosts", "etc/resolv.conf"});
  // The same by the other way, which writes: z/a comes after hosts in the context, and before it in the image.
  CHECK(copied(bench, "COPY z/a hosts /etc/") == std::vector<std::string>{"etc/a", "etc/hosts"});
}

TEST_CASE("the client is asked for before a large entry's next, and now and then for many small ones") {
  int asked = 0;
  ClientWatch client([&] { return ++asked, false; });
  for (int i = 0; i < 6400; ++i) CHECK_FALSE(client.gone(12));
  CHECK(asked == 100);
  for (int i = 0; i < 10; ++i) CHECK_FALSE(client.gone(5 << 20));
  CHECK(asked >= 109);
  ClientWatch gone([] { return true; });
  CHECK(gone.gone(0));
}
