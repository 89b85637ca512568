/*
 * Included before every C file by .cargo/config.toml; does anything only where QuickJS is compiled for WASI: rquickjs-sys
 * defines EMSCRIPTEN and FE_DOWNWARD there.
 *
 * QuickJS turns its stack limit off on __wasi__, and counts allocations only with a C library that it knows. Without them a
 * program's recursion or memory ends the whole call instead of being an error that the program can catch.
 */
#if defined(__wasi__) && defined(EMSCRIPTEN) && defined(FE_DOWNWARD)
#include <assert.h>
#include <errno.h>
#include <fenv.h>
#include <inttypes.h>
#include <limits.h>
#include <malloc.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
#undef __wasi__
#define __GLIBC__ 2
#endif
