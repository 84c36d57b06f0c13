#include <doctest/doctest.h>

#include "compare.hpp"

namespace strates::sim::testing {

TEST_CASE("the shell does and says what busybox's ash does: words, expansions, control flow, errors") {
  static const Case kCases[] = {
      {"echo hello world"}, {"echo 'a  b' \"c  d\" e\\ f"}, {"x=1; echo $x \"$x\" '$x' ${x}y"}, {"echo \"$(echo a; echo; echo)\"b `echo c`"},
      {"x='a b  c'; for i in $x; do echo \"[$i]\"; done"}, {"set -- 'a b' c; for i in \"$@\"; do echo \"[$i]\"; done; echo $# \"$*\""},
      {"set -- 'a b' c; IFS=:; echo \"$*\"; echo $*"}, {"for i in \"$@\"; do echo no; done; echo $#"}, {"IFS=:; x=a:b::c:; for i in $x; do echo \"[$i]\"; done"},
      {"IFS=' :'; x=' a : b  c:: d '; for i in $x; do echo \"[$i]\"; done"},
      {"echo ${nope-def} ${nope:-def2} ${nope:=set} $nope ${nope+yes} ${nope:+yes2} [${nope2+no}]"}, {"x=; echo [${x-a}] [${x:-b}] [${x+c}] [${x:+d}]"},
      {"x=a.b.c; echo ${x%.*} ${x%%.*} ${x#*.} ${x##*.} ${#x}"}, {"x=abcdef; echo ${x:1:3} ${x:2} ${x:-1} ${x: -2} ${x/b/X} ${x//[ce]/-}"},
      {"x='*'; echo \"$x\"; echo \"${x}\""}, {"echo ${x:?msg}; echo no"}, {"echo ${x?}; echo no"}, {"echo ${x:?}; echo no"}, {"set -u; echo $x; echo no"}, {"set -u; echo ${x-ok} $1; echo no"},
      {"echo $((1+2*3)) $(((1+2)*3)) $((7/2)) $((-7/2)) $((7%3)) $((1<<4)) $((0x1f+010)) $((3>2?1:0)) $((!5)) $((~0)) $((2**10))"},
      {"a=3; echo $((a*a)) $((a=5)) $a $((a+=2)) $a $((a++)) $a $((--a))"}, {"echo $((1/0)); echo no"}, {"echo $((1+)); echo no"}, {"x=2+3; echo $((x*2))"},
      {"echo $((1 && 0)) $((1 || 0)) $((5 & 3)) $((5 | 3)) $((5 ^ 3)) $((1 == 1)) $((1 != 1)) $((2 >= 3))"},
      {"if true; then echo y; else echo n; fi; if false; then echo y; elif true; then echo e; fi"}, {"i=0; while [ $i -lt 5 ]; do i=$((i+1)); [ $i = 2 ] && continue; [ $i = 4 ] && break; echo $i; done; echo end $i"},
      {"until true; do echo no; done; echo $?"}, {"for i in 1 2 3; do for j in a b; do [ $j = b ] && continue 2; echo $i$j; done; done"}, {"for i in 1 2; do for j in a b; do break 2; done; done; echo $i$j"},
      {"case abc in a*) echo A;; *) echo other;; esac; case x in y) ;; esac; echo $?"}, {"case 'a b' in 'a b'|c) echo yes;; esac; case [ in \\[) echo br;; esac; case b in [a-c]) echo range;; esac; case d in [!a-c]) echo not;; esac"},
      {"f() { echo \"f $1 $#\"; return 3; }; f a b; echo $?"}, {"f() { local a=1; echo $a; }; a=0; f; echo $a"}, {"f() { echo $1; [ $1 -gt 0 ] && f $(($1-1)); }; f 3"},
      {"(exit 3); echo $?; (x=1; echo $x); echo \"[$x]\""}, {"{ echo a; echo b; } | while read l; do echo \"<$l>\"; done"}, {"! true; echo $?; ! false; echo $?"}, {"true && echo a || echo b; false && echo a || echo b"},
      {"false || { echo x; exit 4; }"}, {"false | true; echo $?; true | false; echo $?"}, {"set -o pipefail; false | true; echo $?"}, {"echo a | cat | tr a b"},
      {"echo a > f; echo b >> f; cat f; cat < f; wc -c < f"}, {"echo err >&2"}, {"echo a 2>/dev/null; ls nosuch 2>/dev/null; echo $?"}, {"ls nosuch > f 2>&1; cat f"}, {"{ echo out; echo err >&2; } 2>&1 | sort"},
      {"cat <<E\n$(echo x) `echo y` \\$z \"q\" ${nope-d}\nE"}, {"cat <<'E'\n$x `y`\nE"}, {"cat <<-E\n\ta\n\t\tb\n\tE"}, {"cat <<A; cat <<B\n1\nA\n2\nB"}, {"cat <<E\nx"},
      {"while read a b; do echo \"$b-$a\"; done <<E\n1 2\n3 4 5\nE"}, {"read a b c; echo \"[$a][$b][$c]\"", "1 2 3 4\n"}, {"read -r a b; echo \"[$a][$b]\"", "a\\b  c d  \n"}, {"read a b; echo \"[$a][$b] $?\"", "a\\b  c d  "},
      {"read x; echo $?"}, {"IFS=: read a b; echo \"[$a][$b]\"", "x:y:z\n"}, {"IFS=: read a b; echo \"[$a][$b]\"", "x:y:\n"}, {"read a; read b; echo $b $a; cat", "1\n2\n3\n4\n"},
      {"nosuch"}, {"nosuch; echo $?"}, {"./x"}, {"/etc; echo $?"}, {"x=1 nosuch"}, {"nosuch 2>/dev/null; echo $?"}, {"echo > sc; chmod 644 sc; ./sc; echo $?"}, {"printf 'echo script $1 $0\\n' > sc; chmod 755 sc; ./sc a"},
      {"printf '#!/bin/sh\\necho \"$0 $1\"\\nnosuch\\n' > sc; chmod 755 sc; ./sc a"}, {"printf 'echo a\\nnosuch\\n' > sc; sh sc; sh ./sc"}, {"printf '#!/nosuch\\n' > sc; chmod 755 sc; ./sc; echo $?"},
      {"cat < nosuch; echo $?"}, {"echo a > nodir/x; echo $?"}, {"echo a > /etc; echo $?"}, {": > nodir/x; echo no"}, {"{ echo a; } > nodir/x; echo after $?"}, {"echo a >&9; echo $?"}, {"exec 3>x; echo a >&3; exec 3>&-; cat x"},
      {". nodir/x; echo no"}, {"printf 'v=1\\nreturn 4\\necho no\\n' > s; . ./s; echo $? $v"}, {"printf 'echo $1\\n' > s; . ./s arg"}, {"printf 'nosuch\\n' > s; . ./s"}, {"eval 'echo a; nosuch'; echo $?"}, {"eval x=3; echo $x"},
      {"cd nosuch; echo $?"}, {"mkdir d; cd d; pwd; cd ..; pwd; cd -; cd /; pwd; echo $OLDPWD $PWD"}, {"cd; pwd"}, {"cd /etc/passwd"}, {"ln -s /etc l; cd l; pwd; pwd -P"},
      {"exit 3"}, {"exit abc"}, {"exit 300"}, {"false; exit"}, {"return 3; echo no"}, {"shift 5; echo $?"}, {"set a b c; shift; echo $@; shift 2; echo $#"}, {"shift x; echo no"},
      {"readonly a=1; a=2; echo no"}, {"unset 1a; echo no"}, {"export 1a; echo no"}, {"a=1; unset a; echo \"[$a]\""}, {"export b=1 a=2; env | sort | grep -v SHLVL"}, {"export b=1 a=2 ZZ=3; env"}, {"a=1 b=2 env | grep -v PWD"}, {"export -p"},
      {"local x; echo no"}, {"set -e; false; echo no"}, {"set -e; false || true; if false; then :; fi; ! true; echo yes; (exit 5); echo no"}, {"set -e; f() { false; echo x; }; f || echo or; f; echo no"}, {"set -e; x=$(false); echo no"},
      {"set -x; a=1; echo \"a b\" $a; for i in 1 2; do echo $i; done"}, {"set -f; echo *"}, {"touch a1 a2 b1 .h; echo *; echo a*; echo ?1; echo [ab]1; echo .*; echo *nosuch*; echo '*' \"*\" \\*"}, {"mkdir d; touch d/x d/y; echo d/*; echo */x; echo */"},
      {"echo ~ ~root ~nosuch; x=~; echo $x"}, {"echo $0 $# $-"}, {"sleep 0 & wait $!; echo $?"}, {"(exit 7) & wait $!; echo $?"}, {"wait 99999; echo $?"}, {"sleep 0 & sleep 0 & wait; echo $?"},
      {"trap 'echo bye $?' EXIT; echo a; exit 3"}, {"trap 'echo T' TERM; kill -TERM $$; echo a"}, {"trap '' TERM; kill $$; echo still"}, {"trap 'echo a' INT TERM; trap; trap - INT; trap"}, {"sh -c 'kill -TERM $$; echo no'; echo $?"}, {"sh -c 'kill -9 $$'; echo $?"},
      {"sh -c 'kill -11 $$'; echo $?"}, {"sleep 5 & kill $!; wait $!; echo $?"}, {"umask; umask -S; umask 077; umask; touch f; ls -l f | cut -c1-10"}, {"umask abc; echo no"}, {"umask u=rwx,g=,o=; umask"},
      {"type echo cd nosuch; f() { :; }; type f"}, {"command -v echo ls nosuch; echo $?; command -v nosuch; echo $?"}, {"command echo a; command nosuch; echo $?"}, {"let a=3+4; echo $a $?; let 0; echo $?"},
      {"if"}, {"echo \"abc"}, {"echo 'abc"}, {")"}, {"echo a; ;"}, {"if true; then echo"}, {"for x in; do"}, {"${x"}, {"case a in"}, {"fi"}, {"a=(1 2)"}, {"true &&"}, {"echo a\nif true; then echo b; fi fi\necho c"}, {"echo a\n\nnosuch\n"},
      {"break; echo ok; continue; echo ok2"}, {"true; nosuch | cat; echo $?"}, {"echo a\\\nb"}, {"echo a # comment\necho b#c"}, {"x=$(printf 'a\\n\\n'); echo \"[$x]\""}, {"echo {a,b} a=b {}"}, {"echo $'a\\tb\\x'"},
      {"x=abc; case $x in \"$x\") echo same;; esac; p='a*'; case abc in $p) echo pat;; esac; case abc in \"$p\") echo no;; *) echo quoted;; esac"}, {"f() { for i; do echo \"<$i>\"; done; }; f \"\" a ''"}, {"set -- ''; echo $#; for i in $1; do echo no; done; for i in \"$1\"; do echo \"[$i]\"; done"},
      {"echo $(echo a b) \"$(echo 'c  d')\"; x=$(nosuch); echo $?"}, {"x=$(exit 3); echo $?"}, {"echo a; exec echo b; echo no"}, {"exec nosuch; echo no"}, {"(echo sub; exit 2) || echo failed $?"}, {"yes | head -n 2; echo $?"},
      {"test a; echo $?; test; echo $?; [ a = b ]; echo $?; [ a; echo $?; [ 1 -eq x ]; echo $?; [ -z '' -a -n x ]; echo $?; [ ! a ]; echo $?; [ \\( a \\) ]; echo $?; [ a b ]; echo $?; [ a b c d e ]; echo $?"},
      {"[ -f /etc/passwd ] && echo f; [ -d /etc ] && echo d; [ -e nosuch ] || echo no; [ -x /bin/sh ] && echo x; [ -s /etc/passwd ] && echo s; [ -L /bin/sh ] && echo L; [ 1 -lt 2 ] && [ 2 -ge 2 ] && [ b '>' a ] && echo cmp"},
      {"f() {\nnosuch\n}\nf\n"}, {"x=9223372036854775807; echo $((x+1)) $((++x)); echo $((-x-1))"}, {"ls nosuch/..; cd nosuch/..; echo $?; cat /etc/passwd/../passwd; mkdir -p a/b; ls a/b/.."}, {"wait abc; echo $?; readonly r; echo x | { read r; echo $?; }; let 1+; echo $?; read 1a; echo $?"}, {"sh", "echo a\nread x\nhello\necho [$x]\nexit 4\n"}, {"sh -s a b", "echo $# $1; nosuch\n"}, {"echo `echo \\`echo nested\\``"}, {"x='a\nb'; echo $x; echo \"$x\""}, {"A=1; (A=2; echo $A); echo $A"}, {"f() { x=2; }; x=1; f; echo $x; x=3 f; echo $x"}, {"x=5 eval 'echo $x'; echo [$x]"},
  };
  compare_busybox(kCases);
}

}  // namespace strates::sim::testing
