// Lets the n-th change of a file in one folder fail: open to write, write, truncate, sync, rename, mkdir, unlink.
// Below 0: all from that one on fail. FAULT_FOLDER: the folder. FAULT_FILE: shared memory {count, at, error}, as support/injector.py lays it out.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

struct shared { _Atomic long count; _Atomic long at; _Atomic long error; };

static struct shared *shared;
static const char *folder;

__attribute__((constructor)) static void start(void) {
  const char *name = getenv("FAULT_FILE");
  folder = getenv("FAULT_FOLDER");
  if (!name || !folder) return;
  int fd = open(name, O_RDWR | O_CLOEXEC);
  if (fd < 0) return;
  void *found = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (found != MAP_FAILED) shared = found;
}

static int is_inside(const char *path) { return shared && path && !strncmp(path, folder, strlen(folder)); }

static int is_inside_fd(int fd) {
  char link[64], path[4096];
  if (!shared) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return is_inside(path);
}

static int fails(const char *what) {
  long number = atomic_fetch_add(&shared->count, 1) + 1, at = shared->at;
  if (number != at && !(at < 0 && number >= -at)) return 0;
  dprintf(2, "(fault: %s)\n", what);
  errno = (int)shared->error;
  return 1;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define WITH_FD(type, name, declared, given) \
  type name declared { return is_inside_fd(fd) && fails(#name) ? -1 : REAL(name) given; }
#define WITH_PATH(type, name, declared, given) \
  type name declared { return is_inside(path) && fails(#name) ? -1 : REAL(name) given; }
#define OPENING(name) \
  int name(const char *path, int flags, ...) { \
    va_list rest; va_start(rest, flags); mode_t mode = va_arg(rest, mode_t); va_end(rest); \
    int changes = (flags & O_ACCMODE) != O_RDONLY || (flags & O_CREAT); \
    return changes && is_inside(path) && fails(#name) ? -1 : REAL(name)(path, flags, mode); }
#define OPENING_AT(name) \
  int name(int at, const char *path, int flags, ...) { \
    va_list rest; va_start(rest, flags); mode_t mode = va_arg(rest, mode_t); va_end(rest); \
    int changes = (flags & O_ACCMODE) != O_RDONLY || (flags & O_CREAT); \
    return changes && is_inside(path) && fails(#name) ? -1 : REAL(name)(at, path, flags, mode); }

OPENING(open)
OPENING(open64)
OPENING_AT(openat)
OPENING_AT(openat64)
WITH_FD(ssize_t, write, (int fd, const void *data, size_t count), (fd, data, count))
WITH_FD(ssize_t, pwrite, (int fd, const void *data, size_t count, off_t at), (fd, data, count, at))
WITH_FD(ssize_t, pwrite64, (int fd, const void *data, size_t count, off64_t at), (fd, data, count, at))
WITH_FD(int, fsync, (int fd), (fd))
WITH_FD(int, fdatasync, (int fd), (fd))
WITH_FD(int, ftruncate, (int fd, off_t length), (fd, length))
WITH_FD(int, ftruncate64, (int fd, off64_t length), (fd, length))
WITH_PATH(int, mkdir, (const char *path, mode_t mode), (path, mode))
WITH_PATH(int, unlink, (const char *path), (path))
WITH_PATH(int, rename, (const char *path, const char *to), (path, to))
