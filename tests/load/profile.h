/* SPDX-License-Identifier: BSD-3-Clause */
/* What each kind of client says on the wire, as data: its offers, vendor IDs, AVPs and options, in their order. */
#ifndef PROFILE_H
#define PROFILE_H

#include <stddef.h>

struct profile;

/* "windows11", "macos", "ios", "android11", "strongswan", "libreswan"; NULL when there is none. */
const struct profile *profile_find(const char *name);
/* The i-th name, for help texts; NULL behind the last. */
const char *profile_name(size_t i);

#endif
