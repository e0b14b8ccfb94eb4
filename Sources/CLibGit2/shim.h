/* The only place that knows which libgit2 it is compiled against. */
#ifndef LL_PARALLEL_CLIBGIT2_SHIM_H
#define LL_PARALLEL_CLIBGIT2_SHIM_H

#include <git2.h>

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

#endif
