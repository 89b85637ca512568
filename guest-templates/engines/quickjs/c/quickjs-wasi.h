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

/*
 * What QuickJS finds in use is the stack in the linear memory. Its parser is deep in the other stack, where WebAssembly keeps the
 * locals of functions, and which no program can look at: up to thirty times as much. So the parser, which asks with the number 1000
 * and alone does, may take less than what runs: all of `STACK` in src/engine/core.rs but LUMINARYS_KEPT_FROM_PARSER.
 */
#define js_check_stack_overflow(runtime, size) luminarys_check_stack(runtime, LUMINARYS_SIZE_##size)
/* JSON.stringify is deep in that stack as well: each level takes a part of this one that fits. The comparison is made at compile time. */
#define LUMINARYS_SIZE_0 \
  ({ \
    if (!__builtin_strcmp(__func__, "js_json_to_str")) *(volatile char *)__builtin_alloca(48) = 0; \
    (size_t)0; \
  })
#define LUMINARYS_SIZE_1000 LUMINARYS_KEPT_FROM_PARSER
#define LUMINARYS_SIZE_alloca_size alloca_size
#define LUMINARYS_SIZE_stack_size stack_size
#define LUMINARYS_SIZE_sizeof sizeof
/* In the definition of the function. */
#define LUMINARYS_SIZE_size_t size_t
#endif
