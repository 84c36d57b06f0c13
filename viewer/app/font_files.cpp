#include "viewer/app/font_files.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "viewer/app/words.hpp"

namespace strates::viewer {

namespace {

constexpr const char* kDebianFolder = "/usr/share/fonts/truetype/dejavu";
constexpr std::uintmax_t kLargestFont = 16u << 20;

}  // namespace

Result<FontFiles> find_fonts() {
  const char* named = std::getenv("STRATES_FONTS");
  const std::filesystem::path folder = named != nullptr && *named != '\0' ? named : kDebianFolder;
  std::string missing;
  const auto find = [&](const char* name) {
    std::error_code error;
    const auto path = folder / name;
    if (!std::filesystem::is_regular_file(path, error)) missing += (missing.empty() ? "" : ", ") + std::string(name);
    return path.string();
  };
  FontFiles out;
  out.sans = find("DejaVuSans.ttf");
  out.bold = find("DejaVuSans-Bold.ttf");
  out.oblique = find("DejaVuSans-Oblique.ttf");
  out.mono = find("DejaVuSansMono.ttf");
  if (!missing.empty())
    return make_error(ErrorKind::NotFound, "font.missing", said(AppText::AppFindFonts), folder.string(), said(AppText::AppFontMissing, missing),
                      said(AppText::AppFontsAdvice));
  return out;
}

Result<std::string> read_font(const std::string& path) {
  const auto refuse = [&](ErrorKind kind, const char* code) {
    return make_error(kind, code, said(AppText::AppReadFont), path, said(AppText::AppFontUnusable), said(AppText::AppFontsAdvice));
  };
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return refuse(ErrorKind::NotFound, "font.missing");
  const auto size = std::filesystem::file_size(path, error);
  if (error || size == 0 || size > kLargestFont) return refuse(ErrorKind::Invalid, "font.unusable");
  std::string bytes(size, '\0');
  std::ifstream file(path, std::ios::binary);
  if (!file.read(bytes.data(), static_cast<std::streamsize>(size))) return refuse(ErrorKind::Invalid, "font.unusable");
  return bytes;
}

}  // namespace strates::viewer
