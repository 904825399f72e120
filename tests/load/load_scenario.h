/* SPDX-License-Identifier: BSD-3-Clause */
/* A scenario file: YAML with sections of one level, values single or lists. */
#ifndef LOAD_SCENARIO_H
#define LOAD_SCENARIO_H

/*
 * Hands each value to take(arg, "section.key", text), a list's entries joined by commas; what take returns is a mistake, or
 * NULL. Every mistake is printed as file:line:key. 0 or -EINVAL.
 */
int load_scenario_read(const char *path,
	const char *(*take)(void *arg, const char *key, const char *text), void *arg);

#endif
