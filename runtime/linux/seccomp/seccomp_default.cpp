#include <algorithm>

#include "base/strings.hpp"
#include "linux/seccomp/seccomp_profile.hpp"

namespace strates::linux_world {

namespace {

// What any program may call (Docker 20.10.24 on x86-64: compared call by call with the filter it loads).
constexpr std::string_view kEverybody =
    "accept accept4 access adjtimex alarm bind brk capget capset chdir chmod chown chown32 clock_adjtime clock_adjtime64 clock_getres "
    "clock_getres_time64 clock_gettime clock_gettime64 clock_nanosleep clock_nanosleep_time64 close close_range connect copy_file_range creat "
    "dup dup2 dup3 epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2 epoll_wait epoll_wait_old eventfd eventfd2 "
    "execve execveat exit exit_group faccessat faccessat2 fadvise64 fadvise64_64 fallocate fanotify_mark fchdir fchmod fchmodat fchown fchown32 "
    "fchownat fcntl fcntl64 fdatasync fgetxattr flistxattr flock fork fremovexattr fsetxattr fstat fstat64 fstatat64 fstatfs fstatfs64 fsync "
    "ftruncate ftruncate64 futex futex_time64 futex_waitv futimesat getcpu getcwd getdents getdents64 getegid getegid32 geteuid geteuid32 "
    "getgid getgid32 getgroups getgroups32 getitimer getpeername getpgid getpgrp getpid getppid getpriority getrandom getresgid getresgid32 "
    "getresuid getresuid32 getrlimit get_robust_list getrusage getsid getsockname getsockopt get_thread_area gettid gettimeofday getuid "
    "getuid32 getxattr inotify_add_watch inotify_init inotify_init1 inotify_rm_watch io_cancel ioctl io_destroy io_getevents io_pgetevents "
    "io_pgetevents_time64 ioprio_get ioprio_set io_setup io_submit io_uring_enter io_uring_register io_uring_setup ipc kill landlock_add_rule "
    "landlock_create_ruleset landlock_restrict_self lchown lchown32 lgetxattr link linkat listen listxattr llistxattr _llseek lremovexattr "
    "lseek lsetxattr lstat lstat64 madvise membarrier memfd_create memfd_secret mincore mkdir mkdirat mknod mknodat mlock mlock2 mlockall mmap "
    "mmap2 mprotect mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedreceive_time64 mq_timedsend mq_timedsend_time64 mq_unlink mremap "
    "msgctl msgget msgrcv msgsnd msync munlock munlockall munmap nanosleep newfstatat _newselect open openat openat2 pause "
    "pidfd_open pidfd_send_signal pipe pipe2 poll ppoll ppoll_time64 prctl pread64 preadv preadv2 prlimit64 "
    "process_mrelease pselect6 pselect6_time64 pwrite64 pwritev pwritev2 read readahead readlink readlinkat readv recv recvfrom recvmmsg "
    "recvmmsg_time64 recvmsg remap_file_pages removexattr rename renameat renameat2 restart_syscall rmdir rseq rt_sigaction rt_sigpending "
    "rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64 rt_tgsigqueueinfo sched_getaffinity "
    "sched_getattr sched_getparam sched_get_priority_max sched_get_priority_min sched_getscheduler sched_rr_get_interval "
    "sched_rr_get_interval_time64 sched_setaffinity sched_setattr sched_setparam sched_setscheduler sched_yield seccomp select semctl semget "
    "semop semtimedop semtimedop_time64 send sendfile sendfile64 sendmmsg sendmsg sendto setfsgid setfsgid32 setfsuid setfsuid32 setgid "
    "setgid32 setgroups setgroups32 setitimer setpgid setpriority setregid setregid32 setresgid setresgid32 setresuid setresuid32 setreuid "
    "setreuid32 setrlimit set_robust_list setsid setsockopt set_thread_area set_tid_address setuid setuid32 setxattr shmat shmctl shmdt shmget "
    "shutdown sigaltstack signalfd signalfd4 sigprocmask sigreturn socket socketcall socketpair splice stat stat64 statfs statfs64 statx "
    "symlink symlinkat sync sync_file_range syncfs sysinfo tee tgkill time timer_create timer_delete timer_getoverrun timer_gettime "
    "timer_gettime64 timer_settime timer_settime64 timerfd_create timerfd_gettime timerfd_gettime64 timerfd_settime timerfd_settime64 times "
    "tkill truncate truncate64 ugetrlimit umask uname unlink unlinkat utime utimensat utimensat_time64 utimes vfork vmsplice wait4 waitid "
    "waitpid write writev";

// What a capability opens.
struct Opened {
  std::string_view capability, calls;
};
constexpr Opened kOpened[] = {
    {"CAP_DAC_READ_SEARCH", "open_by_handle_at"},
    {"CAP_SYS_ADMIN", "bpf clone clone3 fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie mount mount_setattr move_mount name_to_handle_at open_tree "
                      "perf_event_open quotactl quotactl_fd setdomainname sethostname setns syslog umount umount2 unshare"},
    {"CAP_SYS_BOOT", "reboot"},
    {"CAP_SYS_CHROOT", "chroot"},
    {"CAP_SYS_MODULE", "delete_module init_module finit_module"},
    {"CAP_SYS_PACCT", "acct"},
    {"CAP_SYS_PTRACE", "kcmp pidfd_getfd process_madvise process_vm_readv process_vm_writev ptrace"},
    {"CAP_SYS_RAWIO", "iopl ioperm"},
    {"CAP_SYS_TIME", "settimeofday stime clock_settime clock_settime64"},
    {"CAP_SYS_TTY_CONFIG", "vhangup"},
    {"CAP_SYS_NICE", "get_mempolicy mbind set_mempolicy"},
    {"CAP_SYSLOG", "syslog"},
};

// Execution domains that take no protection away: PER_LINUX, PER_LINUX32, UNAME26 with either, and the question.
constexpr std::uint64_t kPersonalities[] = {0, 8, 0x20000, 0x20008, 0xffffffff};
// CLONE_NEW* of clone(2): a new namespace is for CAP_SYS_ADMIN only.
constexpr std::uint64_t kNewNamespaces = 0x7e020000;
constexpr std::uint32_t kNotThere = 38; // ENOSYS: the C library then uses clone

SeccompRule allow(std::string_view calls) {
  SeccompRule rule;
  rule.names = split(calls, ' ');
  rule.action = "ACT_ALLOW";
  return rule;
}

SeccompProfile make() {
  SeccompProfile profile;
  profile.default_action = "ACT_ERRNO";
  profile.architectures = {"ARCH_X86_64", "ARCH_X86", "ARCH_X32"};
  profile.rules.push_back(allow(kEverybody));
  // Before 4.8 a tracer could get around the filter.
  profile.rules.push_back(allow("ptrace"));
  profile.rules.back().includes.least_kernel = "4.8";
  for (const std::uint64_t value : kPersonalities) {
    profile.rules.push_back(allow("personality"));
    profile.rules.back().arguments = {{0, value, 0, "CMP_EQ"}};
  }
  profile.rules.push_back(allow("arch_prctl modify_ldt"));
  profile.rules.back().includes.architectures = {"amd64"};
  for (const auto& row : kOpened) {
    profile.rules.push_back(allow(row.calls));
    profile.rules.back().includes.capabilities = {std::string(row.capability)};
  }
  profile.rules.push_back(allow("clone"));
  profile.rules.back().arguments = {{0, kNewNamespaces, 0, "CMP_MASKED_EQ"}};
  profile.rules.back().excludes.capabilities = {"CAP_SYS_ADMIN"};
  // Its flags lie in memory, where a filter cannot look.
  profile.rules.push_back(allow("clone3"));
  profile.rules.back().action = "ACT_ERRNO";
  profile.rules.back().error_number = kNotThere;
  profile.rules.back().excludes.capabilities = {"CAP_SYS_ADMIN"};
  return profile;
}

} // namespace

const SeccompProfile& default_seccomp_profile() {
  static const SeccompProfile kProfile = make();
  return kProfile;
}

} // namespace strates::linux_world
