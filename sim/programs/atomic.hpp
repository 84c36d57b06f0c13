// Programs that run in one step: functions from a Call to an exit code.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sim/programs/call.hpp"

namespace strates::sim {

// The exit code; kNeedsInput when standard_input() was null (nothing was changed yet: the function runs again).
using AtomicFunction = int (*)(Call&);
// One that works on its input as it comes.
using Factory = std::unique_ptr<Program> (*)(const std::vector<std::string>& args, Family family);

std::unique_ptr<Program> make_atomic(AtomicFunction function, std::vector<std::string> args, Family family);

// What the shells have built in: echo, printf, test, [, kill.
int run_builtin_program(std::string_view name, Call& call);

namespace programs {
// echo_printf.cpp, test_program.cpp
int echo(Call&);
int printf(Call&);
int test(Call&);
int expr(Call&);
// small.cpp
int true_(Call&);
int false_(Call&);
int pwd(Call&);
int basename(Call&);
int dirname(Call&);
int sync(Call&);
int which(Call&);
int seq(Call&);
int mktemp(Call&);
// machine.cpp
int uname(Call&);
int hostname(Call&);
int nproc(Call&);
int date(Call&);
int id(Call&);
int whoami(Call&);
int env_print(Call&);
int ps(Call&);
int kill(Call&);
int hello(Call&);
// network.cpp
int ip(Call&);
int ifconfig(Call&);
int nslookup(Call&);
int host_address(Call&);  // hostname -i
// files.cpp, copy.cpp
int mkdir(Call&);
int rmdir(Call&);
int rm(Call&);
int ln(Call&);
int touch(Call&);
int chmod(Call&);
int chown(Call&);
int readlink(Call&);
int realpath(Call&);
int cp(Call&);
int mv(Call&);
// list.cpp, stat.cpp, find.cpp
int ls(Call&);
int stat(Call&);
int find(Call&);
// text.cpp
int sort(Call&);
int sha256sum(Call&);
}  // namespace programs

namespace streams {
// streams.cpp, filters.cpp, grep.cpp, sed.cpp, launchers.cpp
std::unique_ptr<Program> cat(const std::vector<std::string>&, Family);
std::unique_ptr<Program> head(const std::vector<std::string>&, Family);
std::unique_ptr<Program> tail(const std::vector<std::string>&, Family);
std::unique_ptr<Program> wc(const std::vector<std::string>&, Family);
std::unique_ptr<Program> cut(const std::vector<std::string>&, Family);
std::unique_ptr<Program> tr(const std::vector<std::string>&, Family);
std::unique_ptr<Program> uniq(const std::vector<std::string>&, Family);
std::unique_ptr<Program> tee(const std::vector<std::string>&, Family);
std::unique_ptr<Program> yes(const std::vector<std::string>&, Family);
std::unique_ptr<Program> sleep(const std::vector<std::string>&, Family);
std::unique_ptr<Program> ping(const std::vector<std::string>&, Family);
std::unique_ptr<Program> dd(const std::vector<std::string>&, Family);
std::unique_ptr<Program> grep(const std::vector<std::string>&, Family);
std::unique_ptr<Program> sed(const std::vector<std::string>&, Family);
std::unique_ptr<Program> env(const std::vector<std::string>&, Family);
std::unique_ptr<Program> xargs(const std::vector<std::string>&, Family);
}  // namespace streams

}  // namespace strates::sim
