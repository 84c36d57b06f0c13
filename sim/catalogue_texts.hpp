// Text files of the catalogue's images, as the distributions ship them.
#pragma once

#include <string_view>

namespace strates::sim {

constexpr std::string_view kBusyboxPasswd =
    "root:x:0:0:root:/root:/bin/sh\n"
    "daemon:x:1:1:daemon:/usr/sbin:/bin/false\n"
    "bin:x:2:2:bin:/bin:/bin/false\n"
    "sys:x:3:3:sys:/dev:/bin/false\n"
    "sync:x:4:100:sync:/bin:/bin/sync\n"
    "mail:x:8:8:mail:/var/spool/mail:/bin/false\n"
    "www-data:x:33:33:www-data:/var/www:/bin/false\n"
    "operator:x:37:37:Operator:/var:/bin/false\n"
    "nobody:x:65534:65534:nobody:/home:/bin/false\n";

constexpr std::string_view kBusyboxGroup =
    "root:x:0:\n"
    "daemon:x:1:\n"
    "bin:x:2:\n"
    "sys:x:3:\n"
    "adm:x:4:\n"
    "tty:x:5:\n"
    "disk:x:6:\n"
    "wheel:x:10:root\n"
    "mail:x:8:\n"
    "www-data:x:33:\n"
    "operator:x:37:\n"
    "users:x:100:\n"
    "nobody:x:65534:\n";

constexpr std::string_view kBusyboxShadow =
    "root:*:10933:0:99999:7:::\n"
    "daemon:*:10933:0:99999:7:::\n"
    "bin:*:10933:0:99999:7:::\n"
    "sys:*:10933:0:99999:7:::\n"
    "sync:*:10933:0:99999:7:::\n"
    "mail:*:10933:0:99999:7:::\n"
    "www-data:*:10933:0:99999:7:::\n"
    "operator:*:10933:0:99999:7:::\n"
    "nobody:*:10933:0:99999:7:::\n";

constexpr std::string_view kDebianPasswd =
    "root:x:0:0:root:/root:/bin/bash\n"
    "daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n"
    "bin:x:2:2:bin:/bin:/usr/sbin/nologin\n"
    "sys:x:3:3:sys:/dev:/usr/sbin/nologin\n"
    "sync:x:4:65534:sync:/bin:/bin/sync\n"
    "games:x:5:60:games:/usr/games:/usr/sbin/nologin\n"
    "man:x:6:12:man:/var/cache/man:/usr/sbin/nologin\n"
    "lp:x:7:7:lp:/var/spool/lpd:/usr/sbin/nologin\n"
    "mail:x:8:8:mail:/var/mail:/usr/sbin/nologin\n"
    "news:x:9:9:news:/var/spool/news:/usr/sbin/nologin\n"
    "uucp:x:10:10:uucp:/var/spool/uucp:/usr/sbin/nologin\n"
    "proxy:x:13:13:proxy:/bin:/usr/sbin/nologin\n"
    "www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin\n"
    "backup:x:34:34:backup:/var/backups:/usr/sbin/nologin\n"
    "list:x:38:38:Mailing List Manager:/var/list:/usr/sbin/nologin\n"
    "irc:x:39:39:ircd:/run/ircd:/usr/sbin/nologin\n"
    "_apt:x:42:65534::/nonexistent:/usr/sbin/nologin\n"
    "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n";

constexpr std::string_view kDebianGroup =
    "root:x:0:\n"
    "daemon:x:1:\n"
    "bin:x:2:\n"
    "sys:x:3:\n"
    "adm:x:4:\n"
    "tty:x:5:\n"
    "disk:x:6:\n"
    "lp:x:7:\n"
    "mail:x:8:\n"
    "news:x:9:\n"
    "uucp:x:10:\n"
    "man:x:12:\n"
    "proxy:x:13:\n"
    "kmem:x:15:\n"
    "dialout:x:20:\n"
    "fax:x:21:\n"
    "voice:x:22:\n"
    "cdrom:x:24:\n"
    "floppy:x:25:\n"
    "tape:x:26:\n"
    "sudo:x:27:\n"
    "audio:x:29:\n"
    "dip:x:30:\n"
    "www-data:x:33:\n"
    "backup:x:34:\n"
    "operator:x:37:\n"
    "list:x:38:\n"
    "irc:x:39:\n"
    "src:x:40:\n"
    "shadow:x:42:\n"
    "utmp:x:43:\n"
    "video:x:44:\n"
    "sasl:x:45:\n"
    "plugdev:x:46:\n"
    "staff:x:50:\n"
    "games:x:60:\n"
    "users:x:100:\n"
    "nogroup:x:65534:\n";

constexpr std::string_view kDebianShadow =
    "root:*:19518:0:99999:7:::\n"
    "daemon:*:19518:0:99999:7:::\n"
    "bin:*:19518:0:99999:7:::\n"
    "sys:*:19518:0:99999:7:::\n"
    "sync:*:19518:0:99999:7:::\n"
    "games:*:19518:0:99999:7:::\n"
    "man:*:19518:0:99999:7:::\n"
    "lp:*:19518:0:99999:7:::\n"
    "mail:*:19518:0:99999:7:::\n"
    "news:*:19518:0:99999:7:::\n"
    "uucp:*:19518:0:99999:7:::\n"
    "proxy:*:19518:0:99999:7:::\n"
    "www-data:*:19518:0:99999:7:::\n"
    "backup:*:19518:0:99999:7:::\n"
    "list:*:19518:0:99999:7:::\n"
    "irc:*:19518:0:99999:7:::\n"
    "_apt:*:19518:0:99999:7:::\n"
    "nobody:*:19518:0:99999:7:::\n";

constexpr std::string_view kDebianMotd =
    "\n"
    "The programs included with the Debian GNU/Linux system are free software;\n"
    "the exact distribution terms for each program are described in the\n"
    "individual files in /usr/share/doc/*/copyright.\n"
    "\n"
    "Debian GNU/Linux comes with ABSOLUTELY NO WARRANTY, to the extent\n"
    "permitted by applicable law.\n";

constexpr std::string_view kDebianOsRelease =
    "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n"
    "NAME=\"Debian GNU/Linux\"\n"
    "VERSION_ID=\"12\"\n"
    "VERSION=\"12 (bookworm)\"\n"
    "VERSION_CODENAME=bookworm\n"
    "ID=debian\n"
    "HOME_URL=\"https://www.debian.org/\"\n"
    "SUPPORT_URL=\"https://www.debian.org/support\"\n"
    "BUG_REPORT_URL=\"https://bugs.debian.org/\"\n";

constexpr std::string_view kDebianNsswitch =
    "# /etc/nsswitch.conf\n"
    "\n"
    "passwd:         files\n"
    "group:          files\n"
    "shadow:         files\n"
    "gshadow:        files\n"
    "\n"
    "hosts:          files dns\n"
    "networks:       files\n"
    "\n"
    "protocols:      db files\n"
    "services:       db files\n"
    "ethers:         db files\n"
    "rpc:            db files\n"
    "\n"
    "netgroup:       nis\n";

constexpr std::string_view kDebianShells =
    "# /etc/shells: valid login shells\n"
    "/bin/sh\n"
    "/usr/bin/sh\n"
    "/bin/bash\n"
    "/usr/bin/bash\n"
    "/bin/dash\n"
    "/usr/bin/dash\n";

constexpr std::string_view kDebianProfile =
    "# System-wide profile for the Bourne shell and compatible shells.\n"
    "\n"
    "if [ \"$(id -u)\" -eq 0 ]; then\n"
    "  PATH=\"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\"\n"
    "else\n"
    "  PATH=\"/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games\"\n"
    "fi\n"
    "export PATH\n";

// As mmdebstrap writes it: the real image of the course is made by it.
constexpr std::string_view kDebianSources =
    "deb http://deb.debian.org/debian bookworm main\n"
    "deb http://deb.debian.org/debian bookworm-updates main\n"
    "deb http://deb.debian.org/debian-security bookworm-security main\n";

constexpr std::string_view kDebianBashrc =
    "# ~/.bashrc: executed by bash(1) for non-login shells.\n"
    "\n"
    "# export LS_OPTIONS='--color=auto'\n"
    "# alias ls='ls $LS_OPTIONS'\n"
    "# alias ll='ls $LS_OPTIONS -l'\n";

constexpr std::string_view kDebianRootProfile =
    "# ~/.profile: executed by Bourne-compatible login shells.\n"
    "\n"
    "if [ \"$BASH\" ]; then\n"
    "  if [ -f ~/.bashrc ]; then\n"
    "    . ~/.bashrc\n"
    "  fi\n"
    "fi\n"
    "\n"
    "mesg n 2> /dev/null || true\n";

}  // namespace strates::sim
