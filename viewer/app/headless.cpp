#include "viewer/app/headless.hpp"

#define GL_GLEXT_PROTOTYPES
#include <EGL/egl.h>
#include <EGL/eglext.h>
#include <GL/gl.h>
#include <GL/glext.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "viewer/app/driver_leaks.hpp"
#include "viewer/app/png_file.hpp"
#include "viewer/app/words.hpp"

namespace strates::viewer {

namespace {

Error no_gl(const std::string& why) {
  return make_error(ErrorKind::Unavailable, "gl.unavailable", said(AppText::AppOpenGl), "", why, said(AppText::AppGlAdvice));
}

}  // namespace

struct Headless::Context {
  EGLDisplay display = EGL_NO_DISPLAY;
  EGLContext context = EGL_NO_CONTEXT;

  ~Context() {
    if (display == EGL_NO_DISPLAY) return;
    eglMakeCurrent(display, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
    if (context != EGL_NO_CONTEXT) eglDestroyContext(display, context);
    eglTerminate(display);
    eglReleaseThread();
  }
};

struct Headless::Surface {
  int width = 0, height = 0;
  GLuint framebuffer = 0, colours = 0;

  ~Surface() {
    glDeleteFramebuffers(1, &framebuffer);
    glDeleteRenderbuffers(1, &colours);
  }
};

Result<std::unique_ptr<Headless>> Headless::open() {
  std::unique_ptr<Headless> out(new Headless);
  auto context = std::make_unique<Context>();
  const char* extensions = eglQueryString(EGL_NO_DISPLAY, EGL_EXTENSIONS);
  if (extensions == nullptr || std::strstr(extensions, "EGL_MESA_platform_surfaceless") == nullptr) return no_gl(said(AppText::AppNoEgl));
  context->display = eglGetPlatformDisplay(EGL_PLATFORM_SURFACELESS_MESA, EGL_DEFAULT_DISPLAY, nullptr);
  if (context->display == EGL_NO_DISPLAY || eglInitialize(context->display, nullptr, nullptr) != EGL_TRUE) {
    context->display = EGL_NO_DISPLAY;  // nothing to terminate
    return no_gl(said(AppText::AppNoEgl));
  }
  // No configuration and no surface: everything goes into a framebuffer object.
  const EGLint wanted[] = {EGL_CONTEXT_MAJOR_VERSION, 3, EGL_CONTEXT_MINOR_VERSION, 3, EGL_CONTEXT_OPENGL_PROFILE_MASK,
                           EGL_CONTEXT_OPENGL_CORE_PROFILE_BIT, EGL_NONE};
  if (eglBindAPI(EGL_OPENGL_API) == EGL_TRUE) context->context = eglCreateContext(context->display, EGL_NO_CONFIG_KHR, EGL_NO_CONTEXT, wanted);
  if (context->context == EGL_NO_CONTEXT || eglMakeCurrent(context->display, EGL_NO_SURFACE, EGL_NO_SURFACE, context->context) != EGL_TRUE)
    return no_gl(said(AppText::AppNoGl, fmt::format("EGL 0x{:x}", eglGetError())));
  out->context_ = std::move(context);
  keep_driver_loaded();
  out->renderer_ = TRY(GlRenderer::create());
  return out;
}

Headless::~Headless() = default;

Result<const Fonts*> Headless::fonts(const Theme& theme) {
  TRY(renderer_->prepare(theme));
  return &renderer_->fonts();
}

Result<void> Headless::paint_into_surface(const Drawing& drawing, const Theme& theme) {
  const auto side = [](float value) { return std::isfinite(value) ? std::clamp(std::ceil(value), 0.0f, kLargestPictureSide + 1.0f) : 0.0f; };
  const int width = static_cast<int>(side(drawing.width)), height = static_cast<int>(side(drawing.height));
  if (width < 1 || height < 1 || width > kLargestPictureSide || height > kLargestPictureSide ||
      static_cast<long>(width) * height > kMostPicturePoints)
    return make_error(ErrorKind::Invalid, "picture.size", said(AppText::AppPaint), fmt::format("{}x{}", drawing.width, drawing.height),
                      said(AppText::AppPictureSize, 1, kLargestPictureSide, kMostPicturePoints));
  TRY(renderer_->prepare(theme));
  if (!surface_ || surface_->width != width || surface_->height != height) {
    surface_.reset();
    auto surface = std::make_unique<Surface>();
    surface->width = width;
    surface->height = height;
    glGenFramebuffers(1, &surface->framebuffer);
    glGenRenderbuffers(1, &surface->colours);
    glBindFramebuffer(GL_FRAMEBUFFER, surface->framebuffer);
    glBindRenderbuffer(GL_RENDERBUFFER, surface->colours);
    glRenderbufferStorage(GL_RENDERBUFFER, GL_RGBA8, width, height);
    glFramebufferRenderbuffer(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_RENDERBUFFER, surface->colours);
    if (glCheckFramebufferStatus(GL_FRAMEBUFFER) != GL_FRAMEBUFFER_COMPLETE)
      return make_error(ErrorKind::Unavailable, "gl.unavailable", said(AppText::AppPaint), fmt::format("{}x{}", width, height),
                        said(AppText::AppFramebuffer));
    surface_ = std::move(surface);
  }
  glBindFramebuffer(GL_FRAMEBUFFER, surface_->framebuffer);
  renderer_->render(drawing, theme);
  return {};
}

Result<void> Headless::paint_only(const Drawing& drawing, const Theme& theme) {
  TRY(paint_into_surface(drawing, theme));
  glFinish();
  return {};
}

Result<Pixels> Headless::paint(const Drawing& drawing, const Theme& theme) {
  TRY(paint_into_surface(drawing, theme));
  Pixels out;
  out.width = surface_->width;
  out.height = surface_->height;
  const size_t row = static_cast<size_t>(out.width) * 4, rows = static_cast<size_t>(out.height);
  out.rgba.resize(row * rows);
  glPixelStorei(GL_PACK_ALIGNMENT, 1);
  glReadPixels(0, 0, out.width, out.height, GL_RGBA, GL_UNSIGNED_BYTE, out.rgba.data());
  // OpenGL counts rows from below.
  for (size_t y = 0; y < rows / 2; ++y)
    std::swap_ranges(&out.rgba[y * row], &out.rgba[y * row] + row, &out.rgba[(rows - 1 - y) * row]);
  for (size_t i = 3; i < out.rgba.size(); i += 4) out.rgba[i] = 255;  // what is seen is opaque
  return out;
}

}  // namespace strates::viewer
