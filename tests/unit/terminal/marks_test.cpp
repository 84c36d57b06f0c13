#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "viewer/terminal/shell_marks.hpp"

using namespace strates::viewer;

namespace {

struct Heard : ShellMarks::Sink {
  std::string passed;
  std::vector<std::string> marks;
  void bytes(std::string_view bytes) override { passed += bytes; }
  void mark(ShellMark mark) override {
    if (const auto* start = std::get_if<StartMark>(&mark)) marks.push_back("C " + start->line);
    else if (const auto* end = std::get_if<EndMark>(&mark)) marks.push_back("D " + std::to_string(end->exit_code));
    else marks.push_back("A");
    marks.back() += " @" + std::to_string(passed.size());
  }
};

const std::string kNonce = "00112233445566778899aabbccddeeff";
const std::string kSession =
    "\x1b]133;A;aid=" + kNonce + "\x07$ ls\r\n\x1b]133;C;aid=" + kNonce + ";line=ls \\x3b echo \\x5cx \xc3\xa9\x07\x1b[31mf\x1b[m\r\n\x1b]0;t\x07\x1b\x1b]133;D;3;aid=" + kNonce + "\x1b\\fin";

}  // namespace

TEST_CASE("marks are taken out and the rest passes, wherever the bytes are cut") {
  const std::string rest = "$ ls\r\n\x1b[31mf\x1b[m\r\n\x1b]0;t\x07\x1b" "fin";
  const std::vector<std::string> marks = {"A @0", "C ls ; echo \\x \xc3\xa9 @6", "D 3 @24"};
  for (size_t first = 0; first <= kSession.size(); ++first)
    for (size_t second = first; second <= kSession.size(); second += 7) {
      Heard heard;
      ShellMarks parser(kNonce, heard);
      parser.feed(std::string_view(kSession).substr(0, first));
      parser.feed(std::string_view(kSession).substr(first, second - first));
      parser.feed(std::string_view(kSession).substr(second));
      REQUIRE(heard.passed == rest);
      REQUIRE(heard.marks == marks);
    }
}

TEST_CASE("what is not a mark of this session passes unchanged") {
  const std::string others[] = {
      "\x1b]133;D;0\x07",
      "\x1b]133;D;0;aid=00112233445566778899aabbccddeef0\x07",
      "\x1b]133;D;0;aid=\x1b\\",
      "\x1b]133;D;256;aid=" + kNonce + "\x07",
      "\x1b]133;D;-1;aid=" + kNonce + "\x07",
      "\x1b]133;D;;aid=" + kNonce + "\x07",
      "\x1b]133;D;0;aid=" + kNonce + ";more\x07",
      "\x1b]133;C;aid=" + kNonce + "\x07",
      "\x1b]133;A;aid=" + kNonce + "x\x07",
      "\x1b]133;A;AID=" + kNonce + "\x07",
      "\x1b]133;A;aid=" + kNonce + "\n\x07",
      "\x1b]633;A;aid=" + kNonce + "\x07",
      "\x1b]133;\x07", "\x1b]133;A", "\x1b\x1b\x1b]", "\x1b]13\x1b[2J", "\x1b]133;\x1b]0;x\x07", "",
  };
  for (const std::string& bytes : others) {
    Heard heard;
    ShellMarks parser(kNonce, heard);
    for (const char c : bytes) parser.feed({&c, 1});
    parser.flush();
    CHECK(heard.passed == bytes);
    CHECK(heard.marks.empty());
  }
}

TEST_CASE("a mark that follows something unfinished is still seen, and what waits is bounded") {
  Heard heard;
  ShellMarks parser(kNonce, heard);
  parser.feed("\x1b]133;D;0;ai\x1b]133;D;7;aid=" + kNonce + "\x07");
  CHECK(heard.marks == std::vector<std::string>{"D 7 @12"});
  heard.passed.clear();
  const std::string endless = "\x1b]133;" + std::string(300'000, 'x');
  parser.feed(endless);
  CHECK(heard.passed.size() >= endless.size() - ShellMarks::kMostHeld);
  parser.feed("\x1b]133;A;aid=" + kNonce + "\x07");
  CHECK(heard.passed == endless);
  CHECK(heard.marks.size() == 2);
}

TEST_CASE("nonces differ, and the start file has its own everywhere") {
  const std::string one = new_nonce(), two = new_nonce();
  CHECK(one.size() == 32);
  CHECK(one != two);
  const std::string file = shell_start_file(one);
  CHECK(file.find("NONCE") == std::string::npos);
  CHECK(file.find("aid=" + one) != std::string::npos);
}

TEST_CASE("plain text is what a reader sees") {
  CHECK(plain_text("\x1b[1;31merreur\x1b[m : \xc3\xa9t\xc3\xa9\r\n\x1b]0;titre\x07ok\x1b(B\a\x1b]8;;x\x1b\\lien") == "erreur : été\noklien");
  CHECK(plain_text("a\x1b[") == "a");
}
