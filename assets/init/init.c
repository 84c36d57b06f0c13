// Process 1 of a container started with --init: it starts the program, hands every signal it gets on to it, takes the exit status of whoever
// ends (orphans too), and ends as the program did. Without a C library: one small static file serves every image.
//
//   docker-init -- PROGRAM [ARGUMENT...]
#if !defined(__x86_64__)
#error "init.c: this processor's system calls are not written here yet"
#endif

enum { kWrite = 1, kSigprocmask = 14, kFork = 57, kExecve = 59, kExit = 60, kWait4 = 61, kKill = 62, kSetpgid = 109, kSigtimedwait = 128, kIoctl = 16, kGetPid = 39 };
enum { kBlock = 0, kSetMask = 2, kChild = 17, kTtyIn = 21, kTtyOut = 22, kNoHang = 1, kSignals = 64, kInterrupted = -4 };
enum { kSetForeground = 0x5410 };

typedef unsigned long Set;

static long call4(long number, long a, long b, long c, long d) {
  long result;
  register long r10 __asm__("r10") = d;
  __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10) : "rcx", "r11", "memory");
  return result;
}

static unsigned long length(const char* text) {
  unsigned long count = 0;
  while (text[count] != 0) ++count;
  return count;
}

static void say(const char* text) { call4(kWrite, 2, (long)text, (long)length(text), 0); }

static int same(const char* a, const char* b) {
  while (*a != 0 && *a == *b) ++a, ++b;
  return *a == *b;
}

__attribute__((noreturn)) static void leave(int code) {
  for (;;) call4(kExit, code, 0, 0, 0);
}

static int starts_with_path(const char* variable) { return variable[0] == 'P' && variable[1] == 'A' && variable[2] == 'T' && variable[3] == 'H' && variable[4] == '='; }

static long execute(const char* path, char** args, char** env) { return call4(kExecve, (long)path, (long)args, (long)env, 0); }

// As execvp(3): a name without a slash is looked for in PATH. Returns the error.
static long look_up(char** args, char** env) {
  static char path[4096];
  const char* name = args[0];
  for (const char* at = name; *at != 0; ++at)
    if (*at == '/') return execute(name, args, env);
  const char* directories = "/usr/local/bin:/bin:/usr/bin";
  for (char** at = env; *at != 0; ++at)
    if (starts_with_path(*at)) directories = *at + 5;
  long error = -2;
  while (*directories != 0) {
    unsigned long size = 0;
    while (*directories != 0 && *directories != ':' && size < 2048) path[size++] = *directories++;
    if (*directories == ':') ++directories;
    path[size++] = '/';
    for (const char* at = name; *at != 0 && size < sizeof path - 1; ++at) path[size++] = *at;
    path[size] = 0;
    const long result = execute(path, args, env);
    if (result != -2) error = result;
  }
  return error;
}

static void run_program(char** args, char** env, const Set* before) {
  // A group of its own in front of the terminal, so that ^C goes to it and not to us twice.
  call4(kSetpgid, 0, 0, 0, 0);

  const long group = call4(kGetPid, 0, 0, 0, 0);
  call4(kIoctl, 0, kSetForeground, (long)&group, 0);
  call4(kSigprocmask, kSetMask, (long)before, 0, sizeof(Set));
  const long error = look_up(args, env);
  say("[FATAL strates-init] exec ");
  say(args[0]);
  say(error == -2 ? " failed: No such file or directory\n" : error == -13 ? " failed: Permission denied\n" : " failed\n");
  leave(error == -2 ? 127 : error == -13 ? 126 : 1);
}

// Takes whoever has ended. The program's own status goes to `code`; returns whether it was among them.
static int reap(long program, int* code) {
  int ended = 0;
  for (;;) {
    int status = 0;
    const long pid = call4(kWait4, -1, (long)&status, kNoHang, 0);
    if (pid == kInterrupted) continue;
    if (pid <= 0) return ended;
    if (pid != program) continue;
    ended = 1;
    *code = (status & 0x7f) == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f);
  }
}

__attribute__((used)) static void serve(long* stack) {
  const long count = stack[0];
  char** args = (char**)(stack + 1);
  char** env = args + count + 1;
  long first = 1;
  if (count > 1 && same(args[1], "--")) first = 2;
  if (first >= count) {
    say("usage: docker-init -- PROGRAM [ARGUMENT...]\n");
    leave(1);
  }
  Set before = 0, all = ~0UL;
  // Held back, so that each is taken by name below; not ILL, TRAP, ABRT, BUS, FPE, SEGV: faults end us, as they should.
  all &= ~(1UL << 3 | 1UL << 4 | 1UL << 5 | 1UL << 6 | 1UL << 7 | 1UL << 10);
  call4(kSigprocmask, kBlock, (long)&all, (long)&before, sizeof(Set));
  const long program = call4(kFork, 0, 0, 0, 0);
  if (program < 0) leave(1);
  if (program == 0) run_program(args + first, env, &before);
  int code = 0;
  for (;;) {
    const long signal = call4(kSigtimedwait, (long)&all, 0, 0, sizeof(Set));
    if (signal == kChild) {
      if (reap(program, &code)) leave(code);
    } else if (signal > 0 && signal != kTtyIn && signal != kTtyOut) {
      call4(kKill, program, signal, 0, 0);
    }
  }
}

// The stack holds the arguments; C wants it aligned.
__asm__(".globl _start\n_start:\n\txor %ebp, %ebp\n\tmov %rsp, %rdi\n\tand $-16, %rsp\n\tcall serve\n\thlt\n");
