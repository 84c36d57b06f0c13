#include "viewer/app/png_file.hpp"

#include <fcntl.h>
#include <png.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/unique_fd.hpp"
#include "viewer/app/words.hpp"

namespace strates::viewer {

namespace {

constexpr size_t kLargestFile = 64u << 20;

// libpng's simplified interface reports by value: no longjmp over our objects.
struct PngImage : png_image {
  PngImage() : png_image{} { version = PNG_IMAGE_VERSION; }
  ~PngImage() { png_image_free(this); }
  PngImage(const PngImage&) = delete;
  PngImage& operator=(const PngImage&) = delete;
};

Error broken(std::string_view why) {
  return make_error(ErrorKind::Invalid, "png.broken", said(AppText::AppReadPng), "", said(AppText::AppPngBroken, why));
}

bool plausible(const Pixels& pixels) {
  return pixels.width > 0 && pixels.height > 0 && pixels.width <= kLargestPictureSide && pixels.height <= kLargestPictureSide &&
         static_cast<long>(pixels.width) * pixels.height <= kMostPicturePoints &&
         pixels.rgba.size() == static_cast<size_t>(pixels.width) * static_cast<size_t>(pixels.height) * 4;
}

// Removes the temporary file unless it was renamed.
struct Temporary {
  std::string path;
  ~Temporary() {
    if (!path.empty()) ::unlink(path.c_str());
  }
};

}  // namespace

Result<std::string> encode_png(const Pixels& pixels) {
  if (!plausible(pixels))
    return make_error(ErrorKind::Invalid, "png.size", said(AppText::AppWritePng), "",
                      said(AppText::AppPngSides, pixels.width, pixels.height, kLargestPictureSide, kMostPicturePoints));
  const size_t points = static_cast<size_t>(pixels.width) * static_cast<size_t>(pixels.height);
  std::string rgb(points * 3, '\0');
  for (size_t i = 0; i < points; ++i) std::memcpy(&rgb[i * 3], &pixels.rgba[i * 4], 3);
  PngImage image;
  image.width = static_cast<png_uint_32>(pixels.width);
  image.height = static_cast<png_uint_32>(pixels.height);
  image.format = PNG_FORMAT_RGB;
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
  std::string out(size, '\0');
  if (png_image_write_to_memory(&image, out.data(), &size, 0, rgb.data(), 0, nullptr) == 0)
    return make_error(ErrorKind::Internal, "png.write", said(AppText::AppWritePng), "", image.message);
  out.resize(size);
  return out;
}

Result<Pixels> decode_png(const std::string& bytes) {
  PngImage image;
  if (png_image_begin_read_from_memory(&image, bytes.data(), bytes.size()) == 0) return broken(image.message);
  if (image.width > kLargestPictureSide || image.height > kLargestPictureSide ||
      static_cast<long>(image.width) * static_cast<long>(image.height) > kMostPicturePoints)
    return make_error(ErrorKind::Invalid, "png.size", said(AppText::AppReadPng), "",
                      said(AppText::AppPngSides, image.width, image.height, kLargestPictureSide, kMostPicturePoints));
  image.format = PNG_FORMAT_RGBA;
  Pixels out;
  out.width = static_cast<int>(image.width);
  out.height = static_cast<int>(image.height);
  out.rgba.resize(PNG_IMAGE_SIZE(image));
  if (png_image_finish_read(&image, nullptr, out.rgba.data(), 0, nullptr) == 0) return broken(image.message);
  return out;
}

Result<void> write_png(const std::string& path, const Pixels& pixels) {
  const std::string bytes = TRY(encode_png(pixels));
  const auto failed = [&] { return system_error(said(AppText::AppWritePng), path, errno); };
  Temporary temporary;
  UniqueFd file;
  for (int attempt = 0; !file && attempt < 16; ++attempt) {
    const std::string name = fmt::format("{}.{}-{}.part", path, ::getpid(), attempt);
    file.reset(::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666));
    if (file) temporary.path = name;
    else if (errno != EEXIST) return failed();
  }
  if (!file) return failed();
  for (size_t done = 0; done < bytes.size();) {
    const ssize_t wrote = ::write(file.get(), bytes.data() + done, bytes.size() - done);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return failed();
    done += static_cast<size_t>(wrote);
  }
  if (::fsync(file.get()) != 0) return failed();
  if (::rename(temporary.path.c_str(), path.c_str()) != 0) return failed();
  temporary.path.clear();
  return {};
}

Result<Pixels> read_png(const std::string& path) {
  const auto failed = [&] { return system_error(said(AppText::AppReadPng), path, errno); };
  // O_NONBLOCK: a FIFO must not hold us; it is refused below.
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status = {};
  if (!file || ::fstat(file.get(), &status) != 0) return failed();
  if (!S_ISREG(status.st_mode))
    return make_error(ErrorKind::Invalid, "png.broken", said(AppText::AppReadPng), path, said(AppText::AppNotAFile));
  std::string bytes;
  char part[65536];
  while (true) {
    const ssize_t got = ::read(file.get(), part, sizeof part);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed();
    if (got == 0) break;
    bytes.append(part, static_cast<size_t>(got));
    if (bytes.size() > kLargestFile)
      return make_error(ErrorKind::Invalid, "png.size", said(AppText::AppReadPng), path, said(AppText::AppPngTooLarge, kLargestFile));
  }
  auto out = decode_png(bytes);
  if (!out.ok()) return std::move(out).error().with_object(path);
  return out;
}

}  // namespace strates::viewer
