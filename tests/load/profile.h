/* SPDX-License-Identifier: BSD-3-Clause */
/* What each kind of client sends, as data: offers, vendor IDs, AVPs, options, in their order. */
#ifndef PROFILE_H
#define PROFILE_H

#include <stddef.h>

struct profile;

/* By name: "windows11", "macos", "ios", "android11", "strongswan", "libreswan"; or NULL. */
const struct profile *profile_find(const char *name);
/* Name i, for help texts; NULL after the last. */
const char *profile_name(size_t i);

#endif
