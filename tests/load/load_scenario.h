/* SPDX-License-Identifier: BSD-3-Clause */
/* Scenario files: YAML with one level of sections; values are single or lists. */
#ifndef LOAD_SCENARIO_H
#define LOAD_SCENARIO_H

/*
 * Calls take(arg, "section.key", text) for each value, with the entries of a list joined by commas;
 * take() returns what is wrong with it, or NULL. Errors are printed as file:line:key. 0 or -EINVAL.
 */
int load_scenario_read(const char *path,
	const char *(*take)(void *arg, const char *key, const char *text), void *arg);

#endif
