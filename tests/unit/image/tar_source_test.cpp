// A tar that is made while it is read is the one that TarWriter writes.
#include <doctest/doctest.h>

#include "image/tar_source.hpp"
#include "tar_bytes.hpp"

using namespace strates;
using namespace strates::image;
using namespace tar_bytes;

namespace {

// `real`: what the files hold when they are read, whatever was announced.
class Entries final : public LayerReader {
 public:
  explicit Entries(std::vector<Item> items, std::string real = {}) : items_(std::move(items)), real_(std::move(real)) {}
  Result<std::optional<LayerEntry>> next() override {
    if (at_ == items_.size()) return std::optional<LayerEntry>();
    const Item& item = items_[at_++];
    content_ = std::make_unique<StringSource>(real_.empty() ? item.content : real_);
    return std::optional(LayerEntry{item.path, item.meta});
  }
  Result<ByteSource*> content() override { return content_.get(); }

 private:
  std::vector<Item> items_;
  std::string real_;
  size_t at_ = 0;
  std::unique_ptr<ByteSource> content_;
};

Result<std::string> read_by(TarSource& source, size_t piece) {
  std::string bytes, buffer(piece, '\0');
  for (;;) {
    const size_t got = TRY(source.read(buffer));
    if (got == 0) return bytes;
    bytes.append(buffer, 0, got);
  }
}

}  // namespace

TEST_CASE("a tar source gives what the writer writes, however it is read") {
  const std::vector<std::vector<Item>> layers = {
      {}, {directory("d"), file("d/empty", ""), file("d/one", "1"), file("d/two", std::string(512, 'x'))}, {file("big", std::string(1'000'003, 'b')), file("c", "after it")}};
  for (const auto& items : layers) {
    const std::string expected = write_tar(items).value();
    for (const size_t piece : {size_t{1000}, size_t{512}, size_t{1} << 20}) {
      TarSource source(std::make_shared<Entries>(items), {});
      const auto bytes = read_by(source, piece);
      REQUIRE(bytes.ok());
      CHECK(bytes.value() == expected);
    }
  }
}

TEST_CASE("a file that grew while a tar is made is what was announced, one that shrank is an error") {
  TarSource grown(std::make_shared<Entries>(std::vector<Item>{file("f", "four")}, "four and more"), {});
  CHECK(read_by(grown, 4096).value() == write_tar({file("f", "four")}).value());
  for (const auto& items : {std::vector<Item>{file("f", "four")}, std::vector<Item>{file("f", "four"), file("g", "x")}}) {
    TarSource shrunk(std::make_shared<Entries>(items, "two"), {});
    const auto bytes = read_by(shrunk, 4096);
    REQUIRE_FALSE(bytes.ok());
    CHECK(bytes.error().code == "tar.size");
  }
  TarSource unordered(std::make_shared<Entries>(std::vector<Item>{file("b", ""), file("a", "")}), {});
  CHECK(read_by(unordered, 4096).error().code == "tar.order");
}

TEST_CASE("a tar can be written in pieces, and says when they do not add up") {
  StringSink out;
  TarWriter writer(out, {});
  const Item item = file("f", "abcdef");
  REQUIRE(writer.begin({item.path, item.meta}).ok());
  CHECK(writer.missing() == 6);
  CHECK(writer.pass("abc").ok());
  CHECK(writer.pass("def").ok());
  CHECK(writer.missing() == 0);
  REQUIRE(writer.finish().ok());
  CHECK(out.bytes == write_tar({item}).value());

  TarWriter more(out, {});
  REQUIRE(more.begin({item.path, item.meta}).ok());
  CHECK(more.pass("abcdefg").error().code == "tar.size");
  CHECK(more.finish().error().code == "tar.finished");
  TarWriter less(out, {});
  REQUIRE(less.begin({item.path, item.meta}).ok());
  CHECK(less.finish().error().code == "tar.size");
}
