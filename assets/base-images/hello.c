// The only file of the hello-world image: it writes its message and ends. Without a C library, so that the layer is a few kilobytes.
#include "hello_text.h"

static long system_call(long number, long a, long b, long c) {
#if defined(__x86_64__)
  long result;
  __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
  return result;
#elif defined(__aarch64__)
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
  return x0;
#else
#error "hello.c: this processor's system calls are not written here yet"
#endif
}

#if defined(__x86_64__)
enum { kWrite = 1, kExit = 60 };
#else
enum { kWrite = 64, kExit = 93 };
#endif

__attribute__((noreturn, used)) void _start(void) {
  const unsigned char* at = kText;
  long left = sizeof kText;
  while (left > 0) {
    const long put = system_call(kWrite, 1, (long)at, left);
    if (put <= 0) break;
    at += put;
    left -= put;
  }
  system_call(kExit, left > 0, 0, 0);
  __builtin_unreachable();
}
