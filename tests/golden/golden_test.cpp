// Drawings as text, and one picture a scene, beside what was accepted once by somebody who looked at them: tests/golden/dumps, tests/golden/pictures.
//
// To accept what is drawn now, after looking at it: STRATES_ACCEPT_GOLDEN=1 build/dev/picture_golden
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/text.hpp"
#include "tests/golden/moments.hpp"
#include "tests/support/places.hpp"
#include "viewer/app/fonts.hpp"
#include "viewer/app/headless.hpp"
#include "viewer/app/png_file.hpp"
#include "viewer/draw/inspect.hpp"

using namespace strates;
using namespace strates::viewer;
namespace fs = std::filesystem;

namespace {

struct Size {
  const char* name;
  float width, height;
};
constexpr Size kSizes[] = {{"1280x720", 1280, 720}, {"1920x1080", 1920, 1080}, {"2560x1440", 2560, 1440}};

// One picture of each scene and the whole window; the rest is kept as text only.
constexpr const char* kPictures[] = {"overlay-copied-up", "build-edited", "window"};
// Another build of Mesa or FreeType may shade the edges of letters and strokes otherwise: a channel may be off by this much, on this share of the points.
constexpr int kShade = 24;
constexpr double kShare = 0.002;

const std::string kFolder = strates::testing::source_dir() + "/tests/golden";

bool accepting() { return std::getenv("STRATES_ACCEPT_GOLDEN") != nullptr; }

std::string read_all(const std::string& path) {
  const std::ifstream file(path, std::ios::binary);
  std::ostringstream out;
  out << file.rdbuf();
  return out.str();
}

void write_all(const std::string& path, const std::string& text) {
  fs::create_directories(fs::path(path).parent_path());
  std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
}

// The first line that differs, for the reader of a failed test.
std::string first_difference(const std::string& before, const std::string& now) {
  std::istringstream a(before), b(now);
  std::string line_a, line_b;
  for (int line = 1;; ++line) {
    const bool more_a = static_cast<bool>(std::getline(a, line_a)), more_b = static_cast<bool>(std::getline(b, line_b));
    if (!more_a && !more_b) return "the ends of lines";
    if (more_a && more_b && line_a == line_b) continue;
    return "line " + std::to_string(line) + "\n  accepted: " + (more_a ? line_a : "(ends)") + "\n  drawn:    " + (more_b ? line_b : "(ends)");
  }
}

// What was drawn instead, where somebody can look at it.
std::string beside(const std::string& name) { return strates::testing::binary_dir() + "/golden/" + name; }

struct InLanguage {
  explicit InLanguage(Language language) { set_language(language); }
  ~InLanguage() { set_language(Language::French); }
};

}  // namespace

TEST_CASE("every moment is drawn as it was accepted, in both languages and three sizes, without a mistake") {
  for (const auto& [language, code] : {std::pair(Language::French, "fr"), std::pair(Language::English, "en")}) {
    const InLanguage speaking(language);
    for (const Size& size : kSizes) {
      const Theme theme = Theme::for_size(size.width, size.height, Shade::Light);
      const auto fonts = Fonts::create(theme);
      REQUIRE_MESSAGE(fonts.ok(), fonts.error().explanation());
      const FontMeasure measure(*fonts.value());
      for (const golden::Moment& moment : golden::moments()) {
        const std::string name = std::string(moment.name) + "-" + code + "-" + size.name + ".txt";
        CAPTURE(name);
        const Drawing drawing = moment.draw({size.width, size.height, theme, measure});
        for (const std::string& mistake : drawing_mistakes(drawing, measure)) FAIL_CHECK(mistake);
        const std::string now = dump_drawing(drawing), path = kFolder + "/dumps/" + name;
        if (accepting()) write_all(path, now);
        const std::string accepted = read_all(path);
        if (accepted == now) continue;
        write_all(beside(name), now);
        FAIL_CHECK("not as accepted, " << first_difference(accepted, now) << "\n  whole: " << beside(name));
      }
    }
  }
}

TEST_CASE("one picture of each scene looks as it was accepted") {
  const auto headless = Headless::open();
  REQUIRE_MESSAGE(headless.ok(), headless.error().explanation());  // .ci/packages brings a driver
  const Theme theme = Theme::for_size(1280, 720, Shade::Light);
  const auto fonts = headless.value()->fonts(theme);
  REQUIRE_MESSAGE(fonts.ok(), fonts.error().explanation());
  const FontMeasure measure(*fonts.value());
  for (const char* wanted : kPictures) {
    CAPTURE(wanted);
    const auto all = golden::moments();
    const auto moment = std::find_if(all.begin(), all.end(), [&](const golden::Moment& one) { return std::string_view(one.name) == wanted; });
    REQUIRE(moment != all.end());
    const auto painted = headless.value()->paint(moment->draw({1280, 720, theme, measure}), theme);
    REQUIRE_MESSAGE(painted.ok(), painted.error().explanation());
    const std::string name = std::string(wanted) + ".png", path = kFolder + "/pictures/" + name;
    if (accepting()) {
      fs::create_directories(kFolder + "/pictures");
      REQUIRE(write_png(path, painted.value()).ok());
    }
    const auto accepted = read_png(path);
    REQUIRE_MESSAGE(accepted.ok(), accepted.error().explanation());
    const auto difference = compare_pixels(accepted.value(), painted.value(), kShade);
    const double share = static_cast<double>(difference.beyond) / (1280.0 * 720.0);
    if (difference.same_size && share <= kShare) continue;
    fs::create_directories(beside(""));
    ignore(write_png(beside(name), painted.value()));
    FAIL_CHECK("not as accepted: " << difference.beyond << " points differ, see " << beside(name));
  }
}

TEST_CASE("a picture with one slab moved is not taken for the accepted one") {
  const auto headless = Headless::open();
  REQUIRE(headless.ok());
  const Theme theme = Theme::for_size(1280, 720, Shade::Light);
  const auto fonts = headless.value()->fonts(theme);
  REQUIRE(fonts.ok());
  const FontMeasure measure(*fonts.value());
  const Drawing whole = golden::moments()[1].draw({1280, 720, theme, measure});
  Drawing moved = whole;
  for (Item& item : moved.items)
    if (auto* fill = std::get_if<Fill>(&item); fill != nullptr && fill->ink == Ink::Layer) {
      fill->box.y += 8;
      break;
    }
  CHECK(dump_drawing(moved) != dump_drawing(whole));
  const auto a = headless.value()->paint(whole, theme), b = headless.value()->paint(moved, theme);
  REQUIRE(a.ok());
  REQUIRE(b.ok());
  CHECK(static_cast<double>(compare_pixels(a.value(), b.value(), kShade).beyond) / (1280.0 * 720.0) > kShare);
}
