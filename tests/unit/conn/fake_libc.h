/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The allocator under test: all executables of this folder are linked with --wrap for malloc() and
 * its like, so that a chosen allocation of the gateway fails; and with --wrap for log_line(), so
 * that tests read the log.
 */
#ifndef FAKE_LIBC_H
#define FAKE_LIBC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The n-th allocation in gateway code from now on fails; `always`: and all after it. 0: none does.
 */
void fake_memory_fail(unsigned n, bool always);
/* Whether code that runs now is the gateway's: only its allocations count, and fail. */
void fake_memory_gateway(bool gateway);
/* Allocations of the gateway since fake_memory_fail(). */
unsigned fake_memory_count(void);

/* Never fail, and are not counted: for the rig. Zeroed. */
void *fake_alloc(size_t size);
void fake_free(void *p);

/* --- randomness --- */

/*
 * What rng.h gives from now on depends on the seed alone, so that a run that fails fails again. Not
 * secret, and not for OpenSSL, whose keys are not repeatable. sodium_init() comes after the first
 * call.
 */
void fake_random_begin(uint32_t seed);

/* --- the log --- */

/* Lines since the last fake_log_clear() that hold the text, at any level. */
unsigned fake_log_count(const char *text);
/* The last such line, without its level; NULL: none. */
const char *fake_log_last(const char *text);
void fake_log_clear(void);
/* Writes what is kept to stderr. */
void fake_log_dump(void);

#endif
