/* SPDX-License-Identifier: BSD-3-Clause */
/* The configuration: no text does harm, and each is either good or has an error line. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
count(void *arg, const char *line)
{
	unsigned *lines = arg;

	assert(strncmp(line, "fuzz:", 5) == 0 && strpbrk(line, "\r\n") == NULL);
	(*lines)++;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config config;
	struct dp_config dp;
	unsigned lines = 0;

	if (config_parse("fuzz", (const char *)data, size, &config, count, &lines) != 0) {
		assert(lines > 0);
		return 0;
	}
	assert(lines == 0 && config.n_users > 0 && config.n_workers > 0);
	config_dp(&config, &dp);
	config_free(&config);
	return 0;
}
