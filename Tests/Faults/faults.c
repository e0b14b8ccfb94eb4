// Counts the calls by which a program changes the file system, and stops it at one of them or lets one
// fail. Preloaded into the program by the tests (LD_PRELOAD); no product code knows of it.
//
//   LL_FAULT_PROGRAM  the program's name: its children, such as agents, are left alone
//   LL_FAULT_TRACE    a file that gets a line for each call: "12 rename /path"
//   LL_FAULT_AT       the number of the call, from 1
//   LL_FAULT_DO       kill-before, kill-after, kill-within (half of a write is done),
//                     fail ERRNO (this call), full ERRNO (this call and all that follow)
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum action { none, kill_before, kill_after, kill_within, fail_once, fail_on };

#define CALLS(_) \
  _(rename) _(renameat) _(renameat2) _(link) _(linkat) _(symlink) _(symlinkat) _(unlink) \
  _(unlinkat) _(rmdir) _(mkdir) _(mkdirat) _(mkstemp) _(fsync) _(fdatasync) _(ftruncate) \
  _(ftruncate64) _(chmod) _(fchmod) _(open) _(open64) _(openat) _(openat64) _(creat) _(write) \
  _(pwrite) _(pwrite64) _(writev)
#define DECLARE(name) static __typeof__(&name) next_##name;
#define FIND(name) next_##name = (__typeof__(&name))dlsym(RTLD_NEXT, #name);
CALLS(DECLARE)

static long (*real_syscall)(long, ...);
static atomic_long count;
static long chosen = -1;
static enum action action = none;
static int number;
static int trace = -1;
static int is_on;
static pid_t own_process;

__attribute__((constructor)) static void begin(void) {
  real_syscall = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
  // Now, not at the first call of each: in a child between fork and exec, dlsym may wait forever for
  // a lock that another thread held.
  CALLS(FIND)
  const char *program = getenv("LL_FAULT_PROGRAM");
  if (!program || strcmp(program, program_invocation_short_name) != 0) return;
  const char *at = getenv("LL_FAULT_AT"), *what = getenv("LL_FAULT_DO");
  const char *file = getenv("LL_FAULT_TRACE");
  if (at) chosen = atol(at);
  if (what) {
    if (!strcmp(what, "kill-before")) action = kill_before;
    if (!strcmp(what, "kill-after")) action = kill_after;
    if (!strcmp(what, "kill-within")) action = kill_within;
    if (!strncmp(what, "fail ", 5)) { action = fail_once; number = atoi(what + 5); }
    if (!strncmp(what, "full ", 5)) { action = fail_on; number = atoi(what + 5); }
  }
  if (file) trace = (int)real_syscall(SYS_openat, AT_FDCWD, file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  own_process = getpid();
  is_on = 1;
}

static void stop(void) {
  kill(own_process, SIGKILL);
  for (;;) pause();
}

// Notes a call; says whether it is the one that something happens at.
static int reach(const char *call, const char *path) {
  // A child between fork and exec has a copy of the count.
  if (!is_on || getpid() != own_process) return 0;
  long now = atomic_fetch_add(&count, 1) + 1;
  int is_chosen = now == chosen || (action == fail_on && chosen > 0 && now >= chosen);
  if (trace >= 0 && (chosen < 0 || now == chosen)) {
    char line[4600];
    int length = snprintf(line, sizeof line, "%ld %s %.4096s\n", now, call, path ? path : "?");
    real_syscall(SYS_write, trace, line, (size_t)length);
  }
  return is_chosen;
}

static const char *name_of(int file, char *buffer, size_t size) {
  char link[40];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, buffer, size - 1);
  if (length < 0) return "?";
  buffer[length] = 0;
  return buffer;
}

static const char *name_at(int directory, const char *path, char *buffer, size_t size) {
  if (directory == AT_FDCWD || path[0] == '/') return path;
  char place[4096];
  snprintf(buffer, size, "%s/%s", name_of(directory, place, sizeof place), path);
  return buffer;
}

#define NEXT(name) \
  if (!next_##name) FIND(name) \
  __typeof__(&name) next = next_##name

// Does the call, or what was asked for.
#define CHANGE(type, call, path, expression) \
  do { \
    if (!reach(call, path)) return expression; \
    if (action == kill_before || action == kill_within) stop(); \
    if (action == fail_once || action == fail_on) { errno = number; return -1; } \
    type result = expression; \
    (void)result; \
    stop(); \
    return result; \
  } while (0)

int rename(const char *from, const char *to) {
  NEXT(rename);
  CHANGE(int, "rename", to, next(from, to));
}
int renameat(int a, const char *from, int b, const char *to) {
  NEXT(renameat);
  char buffer[8300];
  CHANGE(int, "rename", name_at(b, to, buffer, sizeof buffer), next(a, from, b, to));
}
int renameat2(int a, const char *from, int b, const char *to, unsigned flags) {
  NEXT(renameat2);
  char buffer[8300];
  CHANGE(int, flags & 2 ? "exchange" : "rename", name_at(b, to, buffer, sizeof buffer), next(a, from, b, to, flags));
}
int link(const char *from, const char *to) {
  NEXT(link);
  CHANGE(int, "link", to, next(from, to));
}
int linkat(int a, const char *from, int b, const char *to, int flags) {
  NEXT(linkat);
  char buffer[8300];
  CHANGE(int, "link", name_at(b, to, buffer, sizeof buffer), next(a, from, b, to, flags));
}
int symlink(const char *text, const char *path) {
  NEXT(symlink);
  CHANGE(int, "symlink", path, next(text, path));
}
int symlinkat(const char *text, int directory, const char *path) {
  NEXT(symlinkat);
  char buffer[8300];
  CHANGE(int, "symlink", name_at(directory, path, buffer, sizeof buffer), next(text, directory, path));
}
int unlink(const char *path) {
  NEXT(unlink);
  CHANGE(int, "unlink", path, next(path));
}
int unlinkat(int directory, const char *path, int flags) {
  NEXT(unlinkat);
  char buffer[8300];
  CHANGE(int, flags & AT_REMOVEDIR ? "rmdir" : "unlink", name_at(directory, path, buffer, sizeof buffer),
         next(directory, path, flags));
}
int rmdir(const char *path) {
  NEXT(rmdir);
  CHANGE(int, "rmdir", path, next(path));
}
int mkdir(const char *path, mode_t mode) {
  NEXT(mkdir);
  CHANGE(int, "mkdir", path, next(path, mode));
}
int mkdirat(int directory, const char *path, mode_t mode) {
  NEXT(mkdirat);
  char buffer[8300];
  CHANGE(int, "mkdir", name_at(directory, path, buffer, sizeof buffer), next(directory, path, mode));
}
// Makes a new file, as `open` does.
int mkstemp(char *template) {
  NEXT(mkstemp);
  CHANGE(int, "create", template, next(template));
}
int fsync(int file) {
  NEXT(fsync);
  char buffer[4096];
  CHANGE(int, "fsync", name_of(file, buffer, sizeof buffer), next(file));
}
int fdatasync(int file) {
  NEXT(fdatasync);
  char buffer[4096];
  CHANGE(int, "fsync", name_of(file, buffer, sizeof buffer), next(file));
}
int ftruncate(int file, off_t size) {
  NEXT(ftruncate);
  char buffer[4096];
  CHANGE(int, "truncate", name_of(file, buffer, sizeof buffer), next(file, size));
}
int ftruncate64(int file, off64_t size) {
  NEXT(ftruncate64);
  char buffer[4096];
  CHANGE(int, "truncate", name_of(file, buffer, sizeof buffer), next(file, size));
}
int chmod(const char *path, mode_t mode) {
  NEXT(chmod);
  CHANGE(int, "chmod", path, next(path, mode));
}
int fchmod(int file, mode_t mode) {
  NEXT(fchmod);
  char buffer[4096];
  CHANGE(int, "chmod", name_of(file, buffer, sizeof buffer), next(file, mode));
}

// Opening counts when it makes or empties a file.
#define OPEN(name, directory, path, flags, call) \
  do { \
    char buffer[8300]; \
    if (!((flags) & (O_CREAT | O_TRUNC))) return call; \
    CHANGE(int, "create", name_at(directory, path, buffer, sizeof buffer), call); \
  } while (0)

#define MODE(flags) \
  mode_t mode = 0; \
  if ((flags) & (O_CREAT | __O_TMPFILE)) { \
    va_list list; \
    va_start(list, flags); \
    mode = va_arg(list, mode_t); \
    va_end(list); \
  }

int open(const char *path, int flags, ...) {
  NEXT(open);
  MODE(flags);
  OPEN(open, AT_FDCWD, path, flags, next(path, flags, mode));
}
int open64(const char *path, int flags, ...) {
  NEXT(open64);
  MODE(flags);
  OPEN(open64, AT_FDCWD, path, flags, next(path, flags, mode));
}
int openat(int directory, const char *path, int flags, ...) {
  NEXT(openat);
  MODE(flags);
  OPEN(openat, directory, path, flags, next(directory, path, flags, mode));
}
int openat64(int directory, const char *path, int flags, ...) {
  NEXT(openat64);
  MODE(flags);
  OPEN(openat64, directory, path, flags, next(directory, path, flags, mode));
}
int creat(const char *path, mode_t mode) {
  NEXT(creat);
  CHANGE(int, "create", path, next(path, mode));
}

static int is_file(int file) {
  struct stat status;
  return is_on && fstat(file, &status) == 0 && S_ISREG(status.st_mode);
}

// Writing counts when it goes to a file, not to a pipe or a terminal.
#define WRITE(file, call, half) \
  do { \
    char buffer[4096]; \
    if (!is_file(file)) return call; \
    if (!reach("write", name_of(file, buffer, sizeof buffer))) return call; \
    if (action == kill_within) { half; stop(); } \
    if (action == kill_before) stop(); \
    if (action == fail_once || action == fail_on) { errno = number; return -1; } \
    ssize_t result = call; \
    (void)result; \
    stop(); \
    return result; \
  } while (0)

ssize_t write(int file, const void *bytes, size_t size) {
  NEXT(write);
  WRITE(file, next(file, bytes, size), (void)!next(file, bytes, size / 2));
}
ssize_t pwrite(int file, const void *bytes, size_t size, off_t offset) {
  NEXT(pwrite);
  WRITE(file, next(file, bytes, size, offset), (void)!next(file, bytes, size / 2, offset));
}
ssize_t pwrite64(int file, const void *bytes, size_t size, off64_t offset) {
  NEXT(pwrite64);
  WRITE(file, next(file, bytes, size, offset), (void)!next(file, bytes, size / 2, offset));
}
ssize_t writev(int file, const struct iovec *parts, int parts_count) {
  NEXT(writev);
  WRITE(file, next(file, parts, parts_count), (void)0);
}
// Some calls are made by their numbers; everything else goes through.
long syscall(long call, ...) {
  long a[6];
  va_list list;
  va_start(list, call);
  for (int i = 0; i < 6; i++) a[i] = va_arg(list, long);
  va_end(list);
  if (!real_syscall) real_syscall = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
  if (call == SYS_renameat2) {
    char buffer[8300];
    const char *to = name_at((int)a[2], (const char *)a[3], buffer, sizeof buffer);
    CHANGE(long, a[4] & 2 ? "exchange" : "rename", to, real_syscall(call, a[0], a[1], a[2], a[3], a[4]));
  }
  if (call == SYS_copy_file_range) {
    WRITE((int)a[2], real_syscall(call, a[0], a[1], a[2], a[3], a[4], a[5]),
          real_syscall(call, a[0], a[1], a[2], a[3], a[4] / 2, a[5]));
  }
  return real_syscall(call, a[0], a[1], a[2], a[3], a[4], a[5]);
}
