#include <doctest/doctest.h>

#include "compare.hpp"

namespace strates::sim::testing {

TEST_CASE("the shell of the Debian image does and says what dash does") {
  static const Case kCases[] = {
      {"echo hello 'a  b' \"c\"; echo -n x; echo 'a\\tb'; echo -e x"}, {"nosuch"}, {"nosuch\nnosuch2; echo $?"}, {"/etc"}, {"./nosuch; echo $?"}, {"cd nosuch; echo $?"}, {"cat < nosuch; echo $?"}, {"echo > nodir/a; echo $?"}, {"echo a > /etc; echo $?"},
      {". ./nosuch; echo no"}, {"exit ab"}, {"exit 3"}, {"echo $((1/0)); echo no"}, {"echo $((1+)); echo no"}, {"echo $((1+2*3)) $((7%4)) $((1<2))"}, {"readonly a=1; a=2; echo no"}, {"if"}, {"shift 5; echo no"}, {"set -u; echo $a; echo no"}, {"echo ${x:?msg}; echo no"}, {"echo ${x?}; echo no"},
      {"kill -9 99999; echo $?"}, {"[ 1 -eq a ]; echo $?; [ 1; echo $?; [ a = a ]; echo $?; test; echo $?"}, {"type cd nosuch; echo $?"}, {"local x; echo no"}, {"echo \"a"}, {")"}, {"break; echo ok"}, {"printf '%d\\n' abc; echo $?; printf '%s-%s\\n' 1 2 3; printf '%5d|%x\\n' 3 255"}, {"read; echo no"}, {"unset 1a; echo no"}, {"export 1=2; echo no"},
      {"exec nosuch; echo no"}, {"wait 999; echo $?"}, {"trap 'echo T' TERM; kill $$; echo a"}, {"trap 'echo bye' EXIT; exit 4"}, {"f() { local v=1; echo $v $1; return 2; }; f x; echo $?"}, {"for i in a b; do echo $i; done; while false; do :; done; echo $?"}, {"case abc in a*) echo y;; esac"},
      {"echo a | cat | wc -l"}, {"x=$(echo a; exit 3); echo $x $?"}, {"cat <<E\n$((1+1)) $(echo b)\nE"}, {"set -e; false; echo no"}, {"set -e; false || echo ok; echo end"}, {"set -x; a=1; echo \"x y\" $a"}, {"umask; umask 077; umask"}, {"echo ${x-d} ${x:=e} $x ${#x} ${x%e}"}, {"read a b; echo \"$b $a\"", "1 2 3\n"},
      {"export A=1 B=2; env | sort | grep -v '^_' | grep '^[AB]='; A=5 sh -c 'echo $A'"}, {"printf 'echo $0 $1\\n' > s; chmod 755 s; ./s a; sh s b"}, {"printf '#!/bin/sh\\nnosuch\\n' > s; chmod 755 s; ./s"}, {"sleep 0 & wait; echo $?"}, {"(exit 7); echo $?; ! true; echo $?"}, {"echo *; touch a b; echo *"}, {"command -v cd ls; command -v nosuch; echo $?"},
      {"sh -c 'kill -9 $$'; echo $?"}, {"set a b; echo $# $*; shift; echo $1"}, {"eval 'echo a'; eval nosuch"}, {"a=1 nosuch; echo $a"}, {"pwd | wc -l; cd /; pwd; cd etc; pwd; cd -"}, {"echo a; exec 2>&1; nosuch"}, {"f() {\n\nnosuch\n}\nf"}, {"[ a b ]; [ a b c ]; [ -q a ]; [ a -eq ]; echo $?"}, {"printf 'nosuch; cd /zz\\n' > s; . ./s"}, {"trap x FOO; echo $?; umask 9; echo no"}, {"kill abc; kill -s FOO 1; echo $?"}, {"sleep 5 & kill -9 $!; wait $!; echo $?"},
  };
  compare_debian(kCases);
}

TEST_CASE("the programs of the Debian image do and say what Debian's do") {
  static const Case kCases[] = {
      {"cat nosuch; echo $?; cat .; echo a > a; cat a nosuch a; cat -n a"}, {"mkdir a; mkdir a; mkdir x/y; mkdir -p x/y/z; touch f; mkdir f/y; mkdir -p f/x; mkdir; mkdir -m zz q; ls -R"}, {"rmdir nosuch; mkdir -p a/b; rmdir a; rmdir -p a/b; ls; touch f; rmdir f"}, {"mkdir d; rm d; rm nosuch; rm -f nosuch; rm -r d; touch a; rm a; rm; ls; touch f; rm f/x; rm ."},
      {"echo x > a; cp a b; cat b; cp nosuch c; cp a nodir/x; mkdir d; cp d e; cp -r d e; cp a b d; ls d; cp a b nodir; cp a; cp; cp a a; cp -r d d/in; ls -R d"}, {"echo a > a; mv a b; mv nosuch c; mkdir d; mv b d; ls d; mv d/b nodir/x; mv d; touch x; mv d x; mv x d/b; ls d"}, {"echo x > a; ln a b; stat -c %h a; ln -s a l; readlink l; ln -s x a; ln nosuch z; ln -sf y l; readlink l; readlink a; echo $?; readlink -f nosuch; readlink -f no/such; echo $?; realpath nosuch no/such | wc -l"},
      {"touch nodir/x; touch a; stat -c '%s %F %a' a; stat -c %n nosuch; touch -d bogus a; touch; ln -s a l; stat -c %N l a"}, {"touch a; chmod 755 a; stat -c %a a; chmod zz a; chmod 644 nosuch; chmod u+s,g-x a; stat -c %A a; chmod; chmod 755; mkdir d; chmod 2755 d; chmod 755 d; stat -c %a d; chmod u=rwX,go=rX a; stat -c %a a; chmod g=u,o-t a; stat -c %a a"}, {"touch a; chown 1:2 a; stat -c '%u %g' a; chown nosuchuser a; chown 1 nosuch; chown :nosuchgroup a; chown 3:4 a; stat -c '%u %g' a"},
      {"mkdir d; touch a bb ccc; ln -s a l; ln -s nope dl; ls; ls -a; ls nosuch; echo $?; ls a nosuch; ls -p; ls -F; ls a d; ls dl; ls -d d; ls -R; ls -r; ls -1"}, {"touch -d @1000000000 f; head -c 3000 /dev/zero > big; touch -d @86400 big; ln f g; chmod 600 f; ls -l f big; ls -ln f; ls -lh big; ls -l --full-time big"}, {"touch $(seq 1 30); ls -C; ls -Cr"},
      {"wc /etc/passwd | wc -w; echo 'a b' > f; echo 'c d e' > g; wc f g; wc -l f g; wc -w < f; wc nosuch f; wc -c f; wc f; printf abc | wc; wc -lw f; wc ."}, {"seq 12 > f; head f; head -n 2 f f; head -c 5 f; tail -n 2 f; tail -2 f; tail -n +11 f; head nosuch; tail nosuch; head -n x f; tail -n x f; head ."}, {"cut -d: -f1 nosuch; echo a:b:c | cut -d: -f2; echo abc | cut -c2; cut a; cut -f1 -c1 a; cut -d:: -f1 a"},
      {"echo abc | tr a-c A-C; echo aabb | tr -s a; echo abc | tr -d b; tr; tr a; echo Hello | tr '[:upper:]' '[:lower:]'"}, {"printf 'b\\na\\nb\\n' | sort; printf 'b\\na\\nb\\n' | sort -u; sort nosuch; echo $?; printf '10\\n9\\n' | sort -n; printf 'a\\na\\nb\\n' | uniq -c; uniq nosuch; sort ."}, {"seq 3; seq 5 -2 1; seq -w 8 10; seq -s, 3; seq; seq a"},
      {"expr 1 + 2; expr a : '\\(.\\)'; expr 1 / 0; echo $?; expr; echo $?; expr 1 +; echo $?; expr a + 1; echo $?; expr length abc"}, {"id -u; id -un; whoami; id nosuch; basename /a/b.c .c; basename; dirname /a/b a; pwd | wc -l; uname; uname -m; nproc | wc -l; true; echo $?; false; echo $?"}, {"date -u -d @0; date -u -d '2020-02-29 12:34:56' '+%F %T %a %b %e %j %N'; date -d 'bogus!x'; sleep x; sleep; sleep 0; echo $?"},
      {"env -i A=1 env; env nosuch; echo $?; printenv NOPE; echo $?; A=1 printenv A; env -u HOME env | grep -c HOME"}, {"printf 'foo\\nbar\\n' > f; grep foo f; grep -c o f; grep -n bar f; grep x nosuch; echo $?; grep zz f; echo $?; grep -q foo f; echo $?; grep foo f f; grep -v foo f; grep -o 'o*' f; mkdir d; grep x d; echo $?; grep -E 'a|o' f; grep; echo $?; echo z > d/z; grep -r z d; grep -rl z"},
      {"printf 'a1\\nb2\\n' > f; sed s/a/X/ f; sed -n 2p f; sed 1d f; sed -e p -e d f; sed s/x/y/ nosuch; echo $?; sed -i s/a/b/ f; cat f; printf aaa | sed 's/a/b/2g'; sed 'q5' f; echo $?; sed .  2>/dev/null; sed s/x/y/ ."}, {"echo x > a; sha256sum a nosuch; sha256sum a > s; sha256sum -c s; echo y > a; sha256sum -c s; echo $?; rm a; sha256sum -c s; sha256sum ."}, {"echo a b | xargs -n1 echo x; echo a | xargs nosuch; echo $?; echo 'a b' | xargs -I{} echo '<{}>'; echo a | xargs sh -c 'exit 3'; echo $?; xargs echo none < /dev/null"},
      {"mkdir -p d/e; touch d/a d/e/b; find d | sort; find d -type f -name 'a*'; find nosuch; echo $?; find d -maxdepth 1 | sort; find d -name; find d -name b -delete; find d | sort; find d -empty | sort"}, {"which ls nosuch; echo $?; which; echo $?; /usr/bin/[ 1 = 1 ]; echo $?; /usr/bin/[ a; echo $?; /usr/bin/test 1 -eq x; echo $?; /usr/bin/test a b; echo $?; /usr/bin/echo -e 'a\\tb'; /usr/bin/printf '%d\\n' x; /usr/bin/printf '%s\\n' a; /usr/bin/printf"},
      {"f=$(mktemp); test -f $f && stat -c %a $f; rm $f; mktemp nodir/XXXXXX; mktemp abc; echo x | tee a nodir/b; cat a; yes | head -2; (yes; echo $? >&2) | head -1"}, {"ln -s l l; cat l; ls l; stat -c %F l; touch a; cat a/b; ls a/b; cp a a/b; mv a a/b; hostname | wc -l; kill -l 15"},
  };
  compare_debian(kCases);
}

}  // namespace strates::sim::testing
