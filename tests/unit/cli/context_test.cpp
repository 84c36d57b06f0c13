#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>

#include "adapters/archive_reader.hpp"
#include "cli/build_context.hpp"
#include "support.hpp"

using namespace strates;
using namespace strates::cli;
using namespace strates::cli::test;
namespace fs = std::filesystem;

namespace {

struct Folder {
  Folder() {
    std::string name = "/dev/shm/strates-context-XXXXXX";
    path = mkdtemp(name.data());
  }
  ~Folder() { fs::remove_all(path); }
  void write(const std::string& name, const std::string& text) const {
    fs::create_directories(fs::path(path + "/" + name).parent_path());
    std::ofstream(path + "/" + name) << text;
  }
  std::string path;
};

// "path" or "path -> target" to content, as a reader of foreign tars sees them.
std::map<std::string, std::string> entries(BuildContext& context, size_t* bytes = nullptr) {
  StringSource tar(read_all(*context.tar, 64 << 20).value());
  const std::string all = read_all(tar, 64 << 20).value();
  if (bytes != nullptr) *bytes = all.size();
  StringSource again(all);
  adapters::LibarchiveReader reader;
  const auto layer = reader.open(again).value();
  std::map<std::string, std::string> out;
  for (;;) {
    const auto entry = layer->next();
    REQUIRE_MESSAGE(entry.ok(), entry.error().message());
    if (!entry.value()) return out;
    const image::LayerEntry& found = *entry.value();
    CHECK(found.meta.uid == 0);
    CHECK(found.meta.gid == 0);
    const bool file = found.meta.type == image::EntryType::File;
    out[found.path + (found.meta.type == image::EntryType::Symlink ? " -> " + found.meta.link_target : "")] =
        file ? read_all(*layer->content().value(), 1 << 20).value() : "";
  }
}

std::vector<std::string> names(const std::map<std::string, std::string>& all) {
  std::vector<std::string> out;
  for (const auto& [name, text] : all) out.push_back(name);
  return out;
}

}  // namespace

TEST_CASE("a directory becomes a tar owned by root, as large as the one that Docker sends") {
  const Folder folder;
  folder.write("Dockerfile", "FROM busybox\n");
  BuildContext context = context_from_directory(folder.path, "", std::nullopt).value();
  CHECK(context.dockerfile == "Dockerfile");
  size_t bytes = 0;
  CHECK(names(entries(context, &bytes)) == std::vector<std::string>{"Dockerfile"});
  CHECK(bytes == 2048);  // reference: "Sending build context to Docker daemon  2.048kB"
}

TEST_CASE(".dockerignore keeps files out, but never the Dockerfile and itself") {
  const Folder folder;
  folder.write("Dockerfile", "FROM x\n");
  folder.write(".dockerignore", "# comment\n*.md\n!keep.md\nDockerfile\n.dockerignore\nout\n!out/wanted\n/abs\n");
  for (const char* name : {"a.md", "keep.md", "src/b.md", "out/no", "out/wanted", "other/out", "abs/x"}) folder.write(name, name);
  symlink("keep.md", (folder.path + "/link").c_str());
  mkfifo((folder.path + "/pipe").c_str(), 0600);
  BuildContext context = context_from_directory(folder.path, "", std::nullopt).value();
  CHECK(names(entries(context)) ==
        std::vector<std::string>{".dockerignore", "Dockerfile", "keep.md", "link -> keep.md", "other", "other/out", "out/wanted", "pipe", "src", "src/b.md"});
}

TEST_CASE("a Dockerfile from elsewhere joins the context under a name that is hidden from COPY") {
  const Folder folder, elsewhere;
  folder.write("a", "a");
  folder.write(".dockerignore", "b");
  elsewhere.write("Other", "FROM y\n");
  BuildContext context = context_from_directory(folder.path, elsewhere.path + "/Other", std::nullopt).value();
  CHECK(context.dockerfile.starts_with(".dockerfile."));
  auto all = entries(context);
  CHECK(all.at(context.dockerfile) == "FROM y\n");
  CHECK(all.at(".dockerignore") == "b\n.dockerignore\n" + context.dockerfile + "\n");
  BuildContext piped = context_from_directory(folder.path, "", std::string("FROM z\n")).value();
  CHECK(entries(piped).at(piped.dockerfile) == "FROM z\n");
}

TEST_CASE("a context that cannot be is refused in Docker's words") {
  const Folder folder;
  folder.write("a", "a");
  CHECK(context_from_directory("nosuchdir", "", std::nullopt).error().message() == "unable to prepare context: path \"nosuchdir\" not found");
  CHECK(context_from_directory(folder.path, folder.path + "/nofile", std::nullopt).error().message() ==
        "unable to prepare context: unable to evaluate symlinks in Dockerfile path: lstat " + folder.path + "/nofile: no such file or directory");
  CHECK(context_from_directory(folder.path, "", std::nullopt).error().message() ==
        "unable to prepare context: unable to evaluate symlinks in Dockerfile path: lstat " + folder.path + "/Dockerfile: no such file or directory");
  folder.write("Dockerfile", "FROM x\n");
  folder.write(".dockerignore", "[a\n");
  CHECK_FALSE(context_from_directory(folder.path, "", std::nullopt).ok());
  CHECK(context_kind("https://example.invalid/x.git#v1:folder") == ContextKind::Git);
  CHECK(context_kind("git@example.invalid:x") == ContextKind::Git);
  CHECK(context_kind("github.com/a/b") == ContextKind::Git);
  CHECK(context_kind("http://example.invalid/x.tar.gz") == ContextKind::Url);
  CHECK(context_kind("ssh://example.invalid/x.git") == ContextKind::Directory);
  CHECK(context_kind("-") == ContextKind::Stdin);
}

TEST_CASE("standard input is a Dockerfile, or a tar that is passed on byte for byte") {
  BuildContext alone = context_from_input(std::make_unique<StringSource>("FROM busybox\n"), "").value();
  CHECK(entries(alone).at("Dockerfile") == "FROM busybox\n");
  const Folder folder;
  folder.write("Dockerfile", "FROM x\n");
  BuildContext made = context_from_directory(folder.path, "", std::nullopt).value();
  const std::string tar = read_all(*made.tar, 1 << 20).value();
  BuildContext passed = context_from_input(std::make_unique<StringSource>(tar), "sub.df").value();
  CHECK(passed.dockerfile == "sub.df");
  CHECK(read_all(*passed.tar, 1 << 20).value() == tar);
  const std::string gzip("\x1f\x8b\x08 rest", 8);
  BuildContext zipped = context_from_input(std::make_unique<StringSource>(gzip), "").value();
  CHECK(read_all(*zipped.tar, 1 << 20).value() == gzip);
  // Nothing but blanks is a Dockerfile too, as in Docker: the daemon says that it has no instruction.
  BuildContext blank = context_from_input(std::make_unique<StringSource>(" \n"), "").value();
  CHECK(entries(blank).at("Dockerfile") == " \n");
}

TEST_CASE("docker build sends the context, says how much, and exits with the step's code") {
  const Folder folder;
  folder.write("Dockerfile", "FROM busybox\nRUN false\n");
  Stage stage;
  stage.answers["POST /build"] = {200, "{\"stream\":\"Step 1/2 : FROM busybox\"}\r\n{\"stream\":\"\\n\"}\r\n{\"stream\":\" ---\\u003e a569983b1dfc\\n\"}\r\n"
                                       "{\"errorDetail\":{\"code\":3,\"message\":\"The command '/bin/sh -c false' returned a non-zero code: 3\"},\"error\":\"x\"}\r\n"};
  Ran ran = stage.docker({"build", "-t", "a:1", "--build-arg", "A=1", "--build-arg", "NO_SUCH_VARIABLE_X", "--no-cache", "--label", "k=v", folder.path});
  CHECK(ran.code == 3);
  CHECK(ran.out == "Sending build context to Docker daemon  2.048kB\r\r\nStep 1/2 : FROM busybox\n ---> a569983b1dfc\n");
  CHECK(ran.err == "The command '/bin/sh -c false' returned a non-zero code: 3\n");
  CHECK(ran.asked[0].line == "POST /build?buildargs=%7B%22A%22%3A%221%22%2C%22NO_SUCH_VARIABLE_X%22%3Anull%7D&dockerfile=Dockerfile&labels=%7B%22k%22%3A%22v%22%7D"
                             "&nocache=1&rm=1&t=a%3A1&version=1");
  CHECK(ran.asked[0].body.size() == 2048);

  stage.answers["POST /build"] = {200, "{\"stream\":\"sha256:e4c7\\n\"}\r\n"};
  ran = stage.docker({"build", "-q", folder.path});
  CHECK(ran.code == 0);
  CHECK(ran.out == "sha256:e4c7\n");
  CHECK(ran.err.empty());

  stage.answers["POST /build"] = {400, "{\"message\":\"dockerfile parse error line 2: unknown instruction: FROBNICATE\"}"};
  ran = stage.docker({"build", folder.path});
  CHECK(ran.code == 1);
  CHECK(ran.err == "Error response from daemon: dockerfile parse error line 2: unknown instruction: FROBNICATE\n");
}
