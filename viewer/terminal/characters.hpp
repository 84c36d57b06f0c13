// Characters of a terminal: UTF-8 both ways, marks that join the character before them, and the letters both make.
#pragma once

#include <string>
#include <string_view>

namespace strates::viewer {

constexpr char32_t kReplacement = 0xfffd;

void append_utf8(std::string& out, char32_t character);
std::string utf8_of(char32_t character);

// Reads UTF-8 (RFC 3629) byte by byte, wherever the pieces are cut.
class Utf8Reader {
 public:
  struct Step {
    bool ready = false;     // `character` is whole
    bool again = false;     // the byte did not belong to what came before it: give it once more
    char32_t character = 0; // U+FFFD for what is not UTF-8
  };
  Step take(unsigned char byte);
  bool between() const { return wanted_ == 0; }
  // Forgets a character that has begun; true when there was one.
  bool drop();

 private:
  char32_t character_ = 0;
  int wanted_ = 0;
  unsigned char low_ = 0x80, high_ = 0xbf;  // what the next byte may be
};

// Takes no room of its own: combining marks, joiners, direction marks, Hangul medials and finals.
bool zero_width(char32_t character);

// The letter that the base and the mark make (e and U+0301: é), of Latin-1 and Latin Extended-A; 0 when there is none.
char32_t composed(char32_t base, char32_t mark);

}  // namespace strates::viewer
