#include "tests/system/letter/commands.hpp"

#include <algorithm>

#include "tests/system/harness/temporary_root.hpp"

namespace strates::system_test {

const std::vector<LetterCommand>& letter_commands() {
  static const std::vector<LetterCommand> commands = [] {
    std::vector<LetterCommand> all;
    for (auto* commands_of : {client_commands, image_commands, network_commands, run_commands, life_commands, data_commands, build_commands, format_commands, build_option_commands, signal_commands, log_commands}) {
      const std::vector<LetterCommand> part = commands_of();
      all.insert(all.end(), part.begin(), part.end());
    }
    return all;
  }();
  return commands;
}

const std::vector<std::string>& short_list() {
  static const std::vector<std::string> labels = {
      "images",         "run echo",    "run with both streams and a code", "run a program that is absent", "run with variables", "run with input",
      "run with a name in use", "run detached", "ps", "exec", "exec with a code", "exec in an unknown container", "create", "start attached", "start again", "wait", "logs",
      "ps of all",      "stop with a time", "start a stopped one", "kill", "rename", "rm", "rm several, one unknown", "change files", "diff", "commit", "commit without a name",
      "run what was committed", "tag", "history of the commit", "inspect the commit", "rmi of one of two tags", "rmi of what a container uses", "rmi forced", "build", "build again, from the cache",
      "build with a RUN that fails", "build with an unknown instruction", "run what was built", "history of the build", "inspect nothing", "version of the server", "ps at the end",
  };
  return labels;
}

void write_letter_files(const TemporaryRoot& root) {
  root.write("variables", "ONE=1\n# a comment\nTWO=two words\n");
  root.write("app/Dockerfile",
             "# a comment\n"
             "FROM busybox:latest AS base\n"
             "LABEL maintainer=\"someone@example.invalid\" version=\"1.0\"\n"
             "ARG GREETING=hello\n"
             "ENV APP_HOME=/app \\\n    MODE=prod\n"
             "WORKDIR $APP_HOME\n"
             "COPY src/ ./src/\n"
             "COPY run.sh .\n"
             "RUN echo \"building $GREETING in $PWD\" && echo built > built\n"
             "RUN [\"/bin/busybox\", \"touch\", \"exec-form\"]\n"
             "USER 1000:1000\n"
             "EXPOSE 8080/tcp 53/udp\n"
             "ENTRYPOINT [\"/bin/sh\", \"run.sh\"]\n"
             "CMD [\"one\", \"two\"]\n");
  root.write("app/Other", "FROM busybox\nRUN echo other > /other\nCMD cat /other\n");
  root.write("app/run.sh", "echo run \"$@\" in $MODE\n");
  root.write("app/src/a.txt", "a\n");
  root.write("app/src/b.txt", "b\n");
  root.write("ignoring/Dockerfile", "FROM busybox\nCOPY . /all/\nCMD [\"ls\", \"/all\"]\n");
  root.write("ignoring/.dockerignore", "*.log\n!kept.log\nDockerfile\n");
  root.write("ignoring/kept.log", "kept\n");
  root.write("ignoring/lost.log", "lost\n");
  root.write("ignoring/file", "file\n");
  root.write("bad-instruction/Dockerfile", "FROM busybox\nFROBNICATE yes\n");
  root.write("bad-syntax/Dockerfile", "FROM busybox\nENV lonely\n");
  root.write("bad-from/Dockerfile", "RUN true\n");
  root.write("bad-copy/Dockerfile", "FROM busybox\nCOPY nothere /x\n");
  root.write("bad-run/Dockerfile", "FROM busybox\nRUN echo before; exit 3\nRUN echo never\n");
  root.write("bad-base/Dockerfile", "FROM absent-base:1\nRUN true\n");
  root.write("bad-empty/Dockerfile", "# nothing\n");
}

const std::vector<AcceptedDifference>& accepted_between_clients() {
  constexpr const char* kShorter = "help shows the options and commands that Strates has; the others are refused by name";
  constexpr const char* kVersion = "a version says which program it is";
  static const std::vector<AcceptedDifference> rows = {
      {"version flag", "Docker version 20\\.10\\.24.*", kVersion},
      {"unknown global flag", "\n *\nUsage:[^]*", kShorter},
      {"version", "\n *(Version|Go version|Git commit|Built|Experimental): .*", kVersion},
      {"info", "\n ID: .*", "an identity made for each engine"},
      {"info", "\nWARNING: .*", "Docker's client deduces warnings from what the engine says; ours leaves them to `strates doctor`"},
      {"run a program that is absent", "time=.*context canceled\"\n", "Docker's client prints it or not, as the end of the wait and of the start fall; ours always does, as with Docker's engine"},
      {"run an absolute program that is absent", "time=.*context canceled\"\n", "the same"},
      {"run a directory", "time=.*context canceled\"\n", "the same"},
      {"run as an unknown user", "time=.*context canceled\"\n", "the same"},
      {"a tmpfs over a file", "time=.*context canceled\"\n", "the same"},
      {"an unknown tmpfs option", "time=.*context canceled\"\n", "the same"},
      {"an unknown group", "time=.*context canceled\"\n", "the same"},
      {"an absent device", "time=.*context canceled\"\n", "the same"},
  };
  return rows;
}

const std::vector<AcceptedDifference>& accepted_between_worlds() {
  static const std::vector<AcceptedDifference> rows = [] {
    std::vector<AcceptedDifference> out = {
        {"version", "World: .*", "each world says which it is"},
        {"info", "\n (ID|Cgroup Version|Kernel Version|Operating System|Total Memory|Name|CPUs|Docker Root Dir): .*", "the simulator's machine is not this one"},
        {"info", "\n  (Backing Filesystem|Supports d_type|Native Overlay Diff|userxattr): .*", "the simulator keeps files on no file system"},
        {"info", "\n Security Options:\n  seccomp\n   Profile: default", "the simulator filters no system call"},
        {"inspect a container", "\"(ResolvConfPath|HostnamePath|HostsPath|LogPath|LowerDir|MergedDir|UpperDir|WorkDir|CgroupnsMode|NetworkID|SandboxID|SandboxKey)\": .*", "each world keeps its files at its own place, so that ids have other numbers; the simulator's machine has cgroup v2"},
    };
    constexpr const char* kSmaller = "the simulator's programs are a few bytes each, its /etc/passwd is shorter or longer";
    for (const char* label : {"images", "images not truncated", "images with digests", "images of a name", "images by format", "history of a base image", "history by format",
                              "system df in detail", "ps with sizes", "images after the commit", "images that hang loose", "history of the commit", "history of the build",
                              "history of the build, whole", "images after the builds"})
      out.push_back({label, "[0-9.]+(k|M)?B", kSmaller});
    out.push_back({"system df", "[0-9.]+(k|M)?B *", kSmaller});  // and so are the columns
    for (const char* label : {"inspect the base image", "inspect the commit", "inspect the build"}) {
      out.push_back({label, "\"(Virtual)?Size\": .*", kSmaller});
      out.push_back({label, "\"(LowerDir|UpperDir)\": .*", "each world keeps its files at its own place"});
    }
    constexpr const char* kOrigin = "a base image says where it comes from";
    for (const char* label : {"history of a base image", "inspect the base image", "history of the commit", "history of the build", "history of the build, whole"})
      out.push_back({label, "busybox 1\\.[0-9.]+ \\(busybox-static\\), prepared by strates|the simulator's catalogue", kOrigin});
    return out;
  }();
  return rows;
}

}  // namespace strates::system_test
