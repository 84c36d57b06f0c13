#include <doctest/doctest.h>

#include "compare.hpp"

namespace strates::sim::testing {

TEST_CASE("programs that change files do and say what busybox's do") {
  static const Case kCases[] = {
      {"mkdir a; mkdir a; mkdir x/y/z; mkdir -p x/y/z; ls -R; mkdir -m 700 m; stat -c %a m; mkdir -p m a/b; mkdir -m zz q"}, {"touch f; mkdir -p f/x; mkdir f/y; mkdir f"}, {"umask 077; mkdir a; mkdir -p b/c; stat -c %a a b b/c"},
      {"mkdir -p a/b/c; rmdir a; rmdir a/b/c; rmdir -p a/b; ls; rmdir nosuch; touch f; rmdir f"}, {"mkdir d; touch d/f; rm d; rm nosuch; rm -f nosuch; rm -r d; ls; rm -rf .; echo $?"}, {"touch a b; rm a b c; echo $?; ls"},
      {"echo x > a; cp a b; cat b; cp nosuch c; cp a nodir/x; mkdir d; cp a d; cp a d/n; ls d; cp d e; cp -r d e; ls -R e; cp -r d e; ls -R e; cp a b nodir2"}, {"echo x > a; chmod 640 a; cp a b; stat -c %a b; cp -p a c; stat -c '%a %u' c; echo y > b; cp a b; cat b"},
      {"echo x > a; ln -s a l; cp l m; stat -c %F m; cp -d l n; readlink n; cp -a l o; readlink o; mkdir d; ln -s ../a d/l; cp -r d e; readlink e/l; cp a a"}, {"mkdir -p d/s; touch d/s/f; chmod 700 d/s; cp -a d e; stat -c %a e/s; cp -r d/. x; ls -R x; cp -r d d/in"},
      {"echo a > a; mv a b; ls; mv nosuch c; mkdir d; mv b d; ls d; mv d e; ls; mv e/b nodir/x; touch f g; mv f g e; ls e; mv e/f e/g; ls e"}, {"echo x > a; ln a b; stat -c %h a b; ln -s a l; readlink l; ln -s x a; ln nosuch z; ln -sf y l; readlink l; mkdir d; ln -s /etc/passwd d; readlink d/passwd; ln -sfn d l; readlink l"},
      {"touch a; stat -c '%s %F' a; touch -c nosuch; ls nosuch; touch nodir/x; touch -d '2020-01-02 03:04:05' a; ls -l --full-time a; stat -c '%Y' a; touch -d @0 a; ls -l a"}, {"touch a; for m in 755 u+x,g-w,o=r +x a-x go=u u=rw,go= 4755 g+s +t o-t u-s 1777 a=r ugo+rwx -w u=g g+X; do chmod $m a; stat -c '%a %A' a; done; chmod zz a; chmod 644 nosuch; chmod 9 a; umask 022; chmod +w a; stat -c %a a"},
      {"mkdir -p d/e; touch d/f d/e/g; chmod -R 700 d; stat -c '%n %a' d d/e d/f d/e/g; chmod -R u=rwX,go=rX d; stat -c '%n %a' d d/e d/f d/e/g"}, {"touch a; chown 1:2 a; stat -c '%u %g %U %G' a; chown nosuchuser a; chown :3 a; stat -c '%u %g' a; chown root a; chown root: a; stat -c '%u %g' a; chown 5.6 a; stat -c '%u %g' a; chown a:nosuchgroup a; chown :nosuchgroup a; chown root:nosuchgroup a; chown 1 nosuch"},
      {"mkdir d; touch d/f; chown -R 7:8 d; stat -c '%u %g' d d/f"}, {"echo abc > f; ln -s f l; ln -s nope dl; readlink l; readlink f; echo $?; readlink -f l; echo $?; readlink -f dl; readlink -f nosuch; readlink -f no/such; echo $?; realpath l; realpath nosuch; realpath no/such"},
      {"mktemp -u /nodir/aXXXXXX > /dev/null; echo $?; mktemp /nodir/aXXXXXX; echo $?; mktemp abc; echo $?; f=$(mktemp); test -f $f && stat -c %a $f; d=$(mktemp -d); stat -c '%a %F' $d; mktemp ./xXXXXXX | wc -c"},
      {"echo x | tee a b; cat a b; echo y | tee -a a; cat a; echo z | tee nodir/x; echo $?"}, {"head -c 3000 /dev/zero > big; dd if=big of=out bs=1000 count=2 status=noxfer; wc -c out; dd if=big bs=1000 skip=1 status=none | wc -c; dd if=nosuch status=none"},
      {"cd /etc && ls -d p*; cat hostname nosuch 2>&1 | tail -1"}, {"mkdir d; cd d; touch f; rm ../d/f; ls; cd ..; rmdir d; ls"}, {"ln -s l l; cat l; ls l; stat -c %F l; rm l; ls"}, {"touch a; cat a/b; ls a/b; mkdir a/b; touch a/b; rm a/b; mv a a/b; cp a a/b; echo $?"},
      {"mkdir d; touch x; mv d x; mv x d; ls; rm .; rm -r ..; [ a b c ]; [ -q a ]; trap x FOO; cp nosuch d/../y; ls nosuch/.."},
      {"umask 000; touch f; mkdir d; stat -c '%a' f d; umask 777; touch g; stat -c %a g"}, {"mkdir d; chmod 1777 d; touch d/f; stat -c %A d; chmod 4644 d/f; stat -c '%A %a' d/f; chmod 2755 d; stat -c %A d"},
  };
  compare_busybox(kCases);
}

TEST_CASE("programs that show files do and say what busybox's do") {
  static const Case kCases[] = {
      {"mkdir d .h; touch a bb ccc .x; ln -s a l; ln -s nope dl; chmod +x bb; ls; ls -a; ls -A; ls -1; ls -r; ls -d . d nosuch; ls nosuch a; ls -p; ls -F; ls a d; ls l; ls dl; ls -R"}, {"mkdir -p d/e; touch d/a d/e/b; ls -R d; ls d d/e; ls -1R; ls -Ra d"},
      {"touch -d @1000000000 f; ln -s f l; touch -d @1000000000 d; chmod 600 f; ls -l f d; ls -ln f; ls -lh f; ls -la f"}, {"head -c 3000 /dev/zero > big; touch -d @86400 big; ls -l big; ls -lh big; ls -l --full-time big; ls -ls big; ls -lS big"},
      {"mkdir d; touch -d @86400 d/a; head -c 5000 /dev/zero > d/b; touch -d @86400 d/b; ls -l d; ls -C d; ls -ls d; ls -t d; ls -S d"}, {"for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do touch file$i; done; ls -C"}, {"touch $(seq 1 9) longername; ls -C; ls -Cr; ls -CF"},
      {"touch a; mkdir d; ln -s a l; stat -c '%n %s %a %A %U %G %u %g %F %h' a l; stat -c '%F %a %A' d; stat nosuch -c %n; echo abc > b; stat -c '%s %F' b; stat -c %N l a; stat -L -c %F l; stat -c '%f' a d l; stat -c '%%x' a"},
      {"mkdir -p d/e f; touch d/ab d/e/abc b; ln -s b l; find . | sort; find d -name 'ab*' | sort; find . -type d | sort; find . -type l; find . -maxdepth 1 -type f; find . -mindepth 2 -type f | sort; find nosuch; echo $?; find d f -name '*b' -o -name e | sort; find . ! -type d | sort; find . -path './d/*' -type f | sort; find . -empty -type f | sort"},
      {"touch a; find a; find . -name; echo $?"}, {"pwd; basename /a/b.c .c; basename a/; basename /; basename a.c .c; basename .c .c; dirname /a/b/c; dirname a; dirname /a; dirname a/b/; dirname /; dirname //a"},
      {"which ls nosuch; echo $?; which /bin/ls; which /bin/nosuch; echo $?"}, {"id; id -u; id -g; id -un; id -gn; id nosuch; whoami; id root; id -u root; id daemon; id -G"},
      {"uname; uname -s; uname -m; uname -o"}, {"date -u -d @0; date -u -d '2020-02-29 12:34:56' '+%Y-%m-%dT%H:%M:%SZ %a %b %e %j %y %p %I %s %u %w %A %B %D %F %T %R %%'; date -d 2020-01-01 +%F; date -d nonsense; date -u -d @1700000000"},
      {"true; echo $?; false; echo $?; true x; false x; sync; echo $?; sleep 0; sleep x; echo $?; sleep 0.01; sleep 1y; echo $?"}, {"kill -l 15; kill -l TERM; kill -l 137; kill -9; kill abc; kill -USR9 1; kill -TERM 999999; echo $?; kill -0 999999; kill -l | head -5"},
      {"env -i A=1 B=2 env; env nosuch; echo $?; env A=1 sh -c 'echo $A'; printenv; env -u HOME env | grep -c HOME; A=1 env A=2 sh -c 'echo $A'; env -i; env -i sh -c 'echo $PATH'"},
      {"busybox nosuch; echo $?; busybox ls -d /; busybox echo a; busybox sh -c 'echo $0'"}, {"wc /etc/passwd | wc -w; echo 'a b' > f; echo 'c d e' > g; wc f g; wc -l f g; wc -w < f; wc nosuch f; wc -c f; wc < f; printf 'no newline' | wc; wc ."},
  };
  compare_busybox(kCases);
}

TEST_CASE("programs that work on text do and say what busybox's do") {
  static const Case kCases[] = {
      {"echo a; echo -n a; echo -e 'a\\tb\\n\\0101\\x41\\c no'; echo -ne 'x\\\\y'; echo; echo -E 'a\\tb'; echo -x; echo -; echo --; echo -nx a; echo -e 'a\\qb'"},
      {"printf '%s-%d-%5s|%-5s|%05d|%x|%X|%o|%c|%%|%5.1f\\n' a 3 b c 7 255 255 8 xyz 2.25; printf '%s\\n' 1 2 3; printf '%s-%s\\n' 1 2 3; printf 'no args\\n'; printf '%d %i\\n' 0x1f 010; printf '%b\\n' 'a\\tb\\0101'; printf 'a\\x41\\101\\n'; printf '%d\\n' \"'a\""},
      {"printf '%d\\n' abc; echo $?; printf '%*d|%.2s|\\n' 5 3 abc; printf '%e %g\\n' 3 4; printf '%s'; printf '%d\\n'; printf '%u\\n' 5; printf 'x\\cy'; echo; printf '%b' 'a\\cb' c; echo; printf -- '%s\\n' -a; printf '%5c|\\n' a; printf '%+d % d\\n' 5 5; printf '%#x %#o\\n' 255 8"},
      {"cat nosuch; echo $?; echo a > a; echo b > b; cat a nosuch b; cat . ; cat a - b; cat -n a b", "stdin\n"}, {"cat; cat", "in\n"}, {"seq 12 > f; head f; head -n 2 f; head -3 f; head -c 5 f; tail -n 2 f; tail -2 f; tail -c 4 f; tail -n +11 f; tail f; head -n 1 f f; tail -n 1 f f; head -q -n1 f f; head -v -n1 f; head nosuch; tail nosuch; head -n x f; head -n 0 f; tail -n 0 f; tail -n +0 f | wc -l; tail -c +20 f"},
      {"head -n 2; cat", "1\n2\n3\n4\n"}, {"seq 5 > f; (head -n 1; cat) < f"}, {"printf 'a\\nb' | tail -n 1; printf 'a\\nb' | head -n 5; printf '' | head; printf 'x\\n\\n' | tail -n 1; tail -n 1", "1\n2"},
      {"cut -d: -f1,3-4 /etc/passwd | head -2; echo abcdef | cut -c2-3,5; echo abcdef | cut -c-2; echo abcdef | cut -b4-; echo a:b | cut -d: -f2; echo ab | cut -d: -f2; echo ab | cut -s -d: -f2; cut a; cut -f1 nosuch; echo $?; echo 'a\tb' | cut -f2; echo a:b:c | cut -d: -f3,1"},
      {"echo abc | tr a-c A-C; echo aabb | tr -s a; echo abc | tr -d b; echo abc | tr -c a x; echo; echo 'a b' | tr ' ' '\\n'; echo abc | tr abc x; echo aabbcc | tr -s a-c x; echo HeLLo | tr '[:upper:]' '[:lower:]'; echo a-b | tr a- xy; echo abc | tr -d '[:alpha:]'; echo aab | tr -ds a b; echo hello | tr -s '[:alpha:]'"},
      {"printf 'a\\na\\nb\\na\\n' > f; uniq f; uniq -c f; uniq -d f; uniq -u f; uniq nosuch; echo $?; uniq < f; printf 'x' | uniq"}, {"printf 'b\\na\\nC\\n10\\n9\\n' > f; sort f; sort -r f; sort -n f; sort -rn f; sort -u f f; sort nosuch; echo $?; sort", "z\ny\n"},
      {"printf 'b 2\\na 10\\nc 1\\n' > f; sort -k2 f; sort -k2n f; sort -k 2,2n f; sort -k1,1r f; printf 'b:2\\na:10\\n' | sort -t: -k2 -n; printf 'a\\na\\nb\\n' | sort -u; printf 'no newline' | sort"}, {"seq 3; seq 2 4; seq 1 2 6; seq -s, 3; seq 5 -2 1; seq -w 8 11; seq 3 1; seq -- -2 1"},
      {"expr 1 + 2; expr a : '\\(.\\)'; expr 1 '<' 2; expr length abc; expr 1 / 0; echo $?; expr 3 '*' 2; expr 0; echo $?; expr abc : 'a.*'; expr 5 % 3; expr a = a; expr a = b; echo $?; expr 1 +; echo $?; expr a + 1; echo $?; expr '(' 1 + 2 ')' '*' 3; expr substr abcdef 2 3; expr index abc c; expr 1 '|' 0; expr '' '|' x; expr 1 '&' 2; expr abc : b; expr abc : '\\(x\\)'"},
      {"printf 'root\\nfoo bar\\nFoo\\nbarfoo\\n' > f; grep foo f; grep -i foo f; grep -v foo f; grep -c foo f; grep -n foo f; grep -q foo f; echo $?; grep nope f; echo $?; grep x nosuch; echo $?; grep -s x nosuch; echo $?; grep foo f f; grep -h foo f f; grep -l foo f f; grep -o 'o*' f; grep -w foo f; grep -x Foo f; grep -E 'foo|root' f; grep -F 'o b' f; grep '^foo' f; grep 'foo$' f; grep 'fo\\{2\\}' f; grep -E 'fo{2}' f; grep -e foo -e root f; grep 'a\\|t$' f; grep '[[:upper:]]' f; grep 'b.r' f; grep '\\<bar' f; grep -c zz f; grep -vc foo f; grep -H foo f; grep -on o f; grep -L foo f /etc/hosts"},
      {"grep a; echo $?", "b\nab\n"}, {"grep -c a -", "a\na\n"}, {"mkdir -p d/e; echo x > d/a; echo xy > d/e/b; grep -r x d | sort; grep -rl y .; grep -r zz d; echo $?; grep x d; echo $?; grep -rn xy d; cd d; grep -rh x . | sort"}, {"printf 'x' | grep x; printf 'a\\n\\nb\\n' | grep -n ''; printf 'a\\n\\nb\\n' | grep -c '^$'; echo 'a.b' | grep 'a\\.b'; echo aXb | grep -i 'axb'; echo abc | grep -E '(a)(b)c'; echo '(a)' | grep '(a)'; echo 'a+' | grep 'a+'; echo aa | grep -E '^a+$'"},
      {"printf 'a1\\nb2\\na3\\n' > f; sed s/a/X/ f; sed -n 1p f; sed -n '$p' f; sed 1d f; sed '2,3d' f; sed '/b/d' f; sed -n '/a/p' f; sed 's/[0-9]/<&>/' f; sed 's/\\(.\\)\\(.\\)/\\2\\1/' f; sed -E 's/(.)(.)/\\2\\1/' f; sed 2q f; sed -e 's/a/b/' -e 's/b/c/' f; sed 's/a/b/;s/b/c/' f; sed '1!d' f; sed -n '/a/,/b/p' f; sed = f; sed 's|a|/|' f; sed y/ab/xy/ f; sed p nosuch; echo $?"},
      {"printf 'aaa\\n' | sed s/a/b/g; printf 'aaa\\n' | sed s/a/b/2; printf 'aaa\\n' | sed 's/a*/x/g'; printf 'abc\\n' | sed 's/x*/-/g'; printf 'aAa\\n' | sed s/A/x/I; printf 'no newline' | sed s/no/yes/; printf 'a\\nb' | sed -n p; printf 'hello\\n' | sed 's/l/\\n/'; printf 'a b\\n' | sed 's/ /\\t/'; printf 'a\\n' | sed 's/a/\\&/'; printf 'a/b\\n' | sed 's/\\//-/'; printf 'aaa\\n' | sed 's/a/b/2g'; printf 'x\\n' | sed -n 's/x/y/p'"},
      {"printf '1\\n2\\n3\\n' > f; sed '2a new' f; sed '2i new' f; sed '2c new' f; sed -i s/2/two/ f; cat f; sed -i 1d f; cat f; sed '$d' f; sed '/^$/d' f; sed '2,$d' f; sed '1q' f;"},
      {"echo x > a; sha256sum a nosuch; echo x | sha256sum; sha256sum a > s; sha256sum -c s; echo y > a; sha256sum -c s; echo $?; sha256sum ."}, {"xargs echo a; echo $?"}, {"xargs -n1 echo x", "1 2\n3\n"}, {"xargs -I{} echo '<{}>'", "a b\nc\n"}, {"xargs -n 2", "1 2 3\n"}, {"xargs -r echo no"}, {"xargs nosuch; echo $?", "a\n"}, {"xargs sh -c 'exit 3'; echo $?", "a\n"}, {"printf 'a\\0b c\\0' | xargs -0 -n1 echo; echo \"'a b' c\" | xargs -n1 echo"},
      {"yes | head -2; yes a b | head -1"}, {"test -f /etc/passwd; echo $?; /bin/test 1 = 1; echo $?; /bin/[ 1 = 2 ]; echo $?; /bin/[ a; echo $?; /bin/echo -e 'a\\tb'; /bin/printf '%s\\n' x; /bin/true; /bin/false; echo $?; /bin/pwd; /bin/kill -l 9"},
      {"nproc | grep -c .; hostname | wc -l; ps | head -1"},
  };
  compare_busybox(kCases);
}

}  // namespace strates::sim::testing
