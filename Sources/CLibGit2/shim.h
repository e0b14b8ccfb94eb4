/* The only place that knows which libgit2 it is compiled against. */
#ifndef LL_PARALLEL_CLIBGIT2_SHIM_H
#define LL_PARALLEL_CLIBGIT2_SHIM_H

#include <errno.h>
#include <fcntl.h>
#include <git2.h>
#include <git2/sys/odb_backend.h>
#include <git2/sys/repository.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/syscall.h>
#if defined(__linux__)
#include <linux/fs.h>
#include <sys/ioctl.h>
#elif defined(__APPLE__)
#include <sys/clonefile.h>
#include <sys/stat.h>
#endif
#include <unistd.h>

#include "sha1.h"

#if LIBGIT2_VER_MAJOR != 1 || LIBGIT2_VER_MINOR < 5
#error "GitEngine needs libgit2 1.5 or newer in the 1.x series"
#endif

/* git_error_clear() and git_error_set_str() moved there. */
#if LIBGIT2_VER_MINOR >= 8
#include <git2/sys/errors.h>
#endif

/* git_libgit2_opts() is variadic, which Swift cannot call: one wrapper per option. */
static inline int cgit2_set_search_path(int level, const char *path) {
  return git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, path);
}

/* Turns the check that an object read from disk has the hash it is named by on or off. */
static inline int cgit2_set_strict_hash_verification(int on) {
  return git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, on);
}

/* Names the repository extensions, beside its own, with which libgit2 opens a repository. */
static inline int cgit2_set_extensions(const char **names, size_t count) {
  return git_libgit2_opts(GIT_OPT_SET_EXTENSIONS, names, count);
}

/* Whether libgit2 itself reads the file config.worktree. */
static inline int cgit2_reads_worktree_config(void) { return LIBGIT2_VER_MINOR >= 8; }

/* Renames that a landing needs and that Swift's C library modules do not show:
 * one that swaps two files, and one that never replaces. 0, or -1 with errno. */
#if defined(__APPLE__)
static inline int cgit2_rename_swap(const char *from, const char *to) {
  return renamex_np(from, to, RENAME_SWAP);
}
static inline int cgit2_rename_new(const char *from, const char *to) {
  return renamex_np(from, to, RENAME_EXCL);
}
#else
extern long syscall(long number, ...);
static inline int cgit2_rename_swap(const char *from, const char *to) {
  return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 2 /* RENAME_EXCHANGE */);
}
static inline int cgit2_rename_new(const char *from, const char *to) {
  return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 1 /* RENAME_NOREPLACE */);
}
#endif

/* Copies from one open file to another inside of the system: bytes, 0 at the end, or -1 with errno. */
#if defined(__linux__)
static inline long cgit2_copy_range(int from, int to, size_t count) {
  return syscall(SYS_copy_file_range, from, NULL, to, NULL, count, 0);
}
#else
static inline long cgit2_copy_range(int from, int to, size_t count) {
  (void)from, (void)to, (void)count;
  errno = ENOTSUP;
  return -1;
}
#endif

/* Makes a file that shares the blocks of an open one, and opens it: -1 with errno, and no file, where that cannot be. */
static inline int cgit2_make_clone(int from, int directory, const char *name, mode_t mode) {
#if defined(__linux__)
  int file = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
  if (file < 0 || ioctl(file, FICLONE, from) == 0) return file;
#elif defined(__APPLE__)
  /* It has the mode of the other one, and would have its times. */
  (void)mode;
  if (fclonefileat(from, directory, name, CLONE_NOOWNERCOPY) != 0) return -1;
  int file = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (file >= 0 && futimens(file, NULL) == 0) return file;
#else
  (void)from, (void)directory, (void)name, (void)mode;
  int file = -1;
  errno = ENOTSUP;
  return file;
#endif
  int reason = errno;
  unlinkat(directory, name, 0);
  if (file >= 0) close(file);
  errno = reason;
  return -1;
}

/* What reading directories fast needs and Swift's C library modules do not show. */
#if defined(__linux__)
#ifdef O_PATH
#define CGIT2_O_PATH O_PATH
#else
#define CGIT2_O_PATH __O_PATH
#endif
/* Opens a directory for use in paths alone. */
static inline int cgit2_flag_path_only(void) { return CGIT2_O_PATH; }
/* Fills a buffer with records of `struct linux_dirent64`; 0 at the end, -1 with errno. */
static inline long cgit2_read_directory(int directory, void *buffer, size_t size) {
  return syscall(SYS_getdents64, directory, buffer, size);
}
#else
static inline int cgit2_flag_path_only(void) { return 0; }
#endif

/* What starting a program needs and Swift's C library modules do not show: a pipe that no program
 * started by another thread inherits, a working directory, a session of its own, the environment. */
#if defined(__APPLE__)
#include <crt_externs.h>
/* macOS has no pipe2: programs must be started with POSIX_SPAWN_CLOEXEC_DEFAULT. */
static inline int cgit2_pipe(int ends[2]) {
  if (pipe(ends) != 0) return -1;
  fcntl(ends[0], F_SETFD, FD_CLOEXEC);
  fcntl(ends[1], F_SETFD, FD_CLOEXEC);
  return 0;
}
static inline short cgit2_spawn_flags(void) {
  return POSIX_SPAWN_SETSID | POSIX_SPAWN_CLOEXEC_DEFAULT | POSIX_SPAWN_SETSIGMASK |
         POSIX_SPAWN_SETSIGDEF;
}
static inline char **cgit2_environment(void) { return *_NSGetEnviron(); }
#else
extern int pipe2(int ends[2], int flags);
extern int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *, const char *);
extern char **environ;
static inline int cgit2_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }
static inline short cgit2_spawn_flags(void) {
  return 0x80 /* POSIX_SPAWN_SETSID */ | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
}
static inline char **cgit2_environment(void) { return environ; }
#endif
static inline int cgit2_spawn_in(posix_spawn_file_actions_t *actions, const char *directory) {
  return posix_spawn_file_actions_addchdir_np(actions, directory);
}

#endif
