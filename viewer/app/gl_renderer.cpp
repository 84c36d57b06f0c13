#include "viewer/app/gl_renderer.hpp"

#include <GL/gl.h>
#include <backends/imgui_impl_opengl3.h>
#include <imgui.h>

#include "viewer/app/words.hpp"

namespace strates::viewer {

namespace {

Error no_gl(const std::string& why) {
  return make_error(ErrorKind::Unavailable, "gl.unavailable", said(AppText::AppOpenGl), "", said(AppText::AppNoGl, why), said(AppText::AppGlAdvice));
}

void clear_to(Colour colour) {
  glClearColor(static_cast<float>(colour.r) / 255, static_cast<float>(colour.g) / 255, static_cast<float>(colour.b) / 255, 1);
  glClear(GL_COLOR_BUFFER_BIT);
}

void clear_box(const ImDrawList*, const ImDrawCmd* command) {
  const auto& box = *static_cast<const ClearedBox*>(command->UserCallbackData);
  glScissor(box.x, box.picture_height - box.y - box.height, box.width, box.height);  // OpenGL counts from below
  clear_to(box.colour);
}

}  // namespace

Result<std::unique_ptr<GlRenderer>> GlRenderer::create() {
  std::unique_ptr<GlRenderer> out(new GlRenderer);
  const auto* version = reinterpret_cast<const char*>(glGetString(GL_VERSION));
  if (version == nullptr) return no_gl("glGetString");
  GLint major = 0, minor = 0;
  glGetIntegerv(GL_MAJOR_VERSION, &major);
  glGetIntegerv(GL_MINOR_VERSION, &minor);
  if (major * 10 + minor < 33) return no_gl(version);
  glGetIntegerv(GL_MAX_TEXTURE_SIZE, &out->largest_texture_);
  return out;
}

GlRenderer::~GlRenderer() { drop_letters(); }

void GlRenderer::drop_letters() {
  if (context_ == nullptr) return;
  ImGui::SetCurrentContext(context_);
  ImGui_ImplOpenGL3_Shutdown();
  ImGui::DestroyContext(context_);
  context_ = nullptr;
  painter_.reset();
  fonts_.reset();
}

Result<void> GlRenderer::prepare(const Theme& theme) {
  if (fonts_ && fonts_->fit(theme)) return {};
  auto fonts = TRY(Fonts::create(theme));
  const ImFontAtlas& atlas = fonts->atlas();
  if (atlas.TexWidth > largest_texture_ || atlas.TexHeight > largest_texture_)
    return no_gl(said(AppText::AppGlTextureTooSmall, atlas.TexWidth, atlas.TexHeight, largest_texture_));
  drop_letters();
  fonts_ = std::move(fonts);
  painter_ = std::make_unique<Painter>(*fonts_, clear_box);
  context_ = ImGui::CreateContext(&fonts_->atlas());
  ImGui::SetCurrentContext(context_);
  ImGui::GetIO().IniFilename = nullptr;  // nothing is remembered in a file
  if (!ImGui_ImplOpenGL3_Init("#version 330 core")) {
    ImGui::DestroyContext(context_);
    context_ = nullptr;
    painter_.reset();
    fonts_.reset();
    return no_gl("ImGui_ImplOpenGL3_Init");
  }
  ImGui_ImplOpenGL3_NewFrame();  // makes the shader and the texture of letters
  return {};
}

void GlRenderer::render(const Drawing& drawing, const Theme& theme) {
  ImGui::SetCurrentContext(context_);
  glDisable(GL_SCISSOR_TEST);
  clear_to(theme.colour(Ink::Ground));
  ImGui_ImplOpenGL3_RenderDrawData(&painter_->paint(drawing, theme));
}

}  // namespace strates::viewer
