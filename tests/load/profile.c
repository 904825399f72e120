/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "profile_list.h"

static const struct profile *const profiles[] = {
	&profile_windows11,
	&profile_macos,
	&profile_ios,
	&profile_android11,
	&profile_strongswan,
	&profile_libreswan,
};

#define N_PROFILES (sizeof(profiles) / sizeof(profiles[0]))

const struct profile *
profile_find(const char *name)
{
	for (size_t i = 0; i < N_PROFILES; i++)
		if (strcmp(profiles[i]->name, name) == 0)
			return profiles[i];
	return NULL;
}

const char *
profile_name(size_t i)
{
	return i < N_PROFILES ? profiles[i]->name : NULL;
}
