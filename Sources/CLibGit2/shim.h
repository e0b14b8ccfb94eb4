/* The only place that knows which libgit2 it is compiled against. */
#ifndef LL_PARALLEL_CLIBGIT2_SHIM_H
#define LL_PARALLEL_CLIBGIT2_SHIM_H

#include <errno.h>
#include <fcntl.h>
#include <git2.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#if LIBGIT2_VER_MAJOR != 1 || LIBGIT2_VER_MINOR < 5
#error "GitEngine needs libgit2 1.5 or newer in the 1.x series"
#endif

/* git_libgit2_opts() is variadic, which Swift cannot call: one wrapper per option. */
static inline int cgit2_set_search_path(int level, const char *path) {
  return git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, path);
}

/* Turns the check that an object read from disk has the hash it is named by on or off. */
static inline int cgit2_set_strict_hash_verification(int on) {
  return git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, on);
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

#endif
