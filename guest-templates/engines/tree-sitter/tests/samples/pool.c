/* A pool of blocks of one size. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#define POOL_DEFAULT 64
#define POOL_MAX(a, b) ((a) > (b) ? (a) : (b))

/* How a pool grows. */
enum pool_growth {
    POOL_FIXED,
    POOL_DOUBLE,
};

struct block {
    struct block *next;
};

typedef struct pool {
    struct block *free;
    size_t size;
    enum pool_growth growth;
    union {
        int i;
        float f;
    } tag;
} pool_t;

typedef unsigned long pool_count;
typedef void (*pool_hook)(pool_t *pool, size_t size);

union cell {
    long number;
    void *pointer;
};

static pool_hook on_grow = NULL;
static const char *const names[] = {"fixed", "double"};
int pool_debug;

/* Declared here, defined below. */
static struct block *take(pool_t *pool);

/**
 * Makes a pool of blocks of `size` bytes.
 *
 * Returns NULL when there is no memory.
 */
pool_t *pool_new(size_t size) {
    pool_t *pool = malloc(sizeof *pool);
    enum pool_growth growth = POOL_DOUBLE;
    if (!pool)
        return NULL;
    pool->size = POOL_MAX(size, sizeof(struct block));
    pool->growth = growth;
    return pool;
}

// Takes the first free block.
static struct block *take(pool_t *pool) {
    struct block *first = pool->free;
    if (first)
        pool->free = first->next;
    return first;
}

/* Calls `each` with every free block. */
void pool_walk(const pool_t *pool, void each(struct block *block)) {
    for (struct block *one = pool->free; one; one = one->next)
        each(one);
}

int main(void) {
    pool_t *pool = pool_new(POOL_DEFAULT);
    printf("%s\n", names[pool->growth]);
    return take(pool) == NULL ? 0 : 1;
}
