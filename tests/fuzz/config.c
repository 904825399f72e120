/* SPDX-License-Identifier: BSD-3-Clause */
/* Any text is either accepted, or refused with at least one error line. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
count(void *arg, enum config_severity severity, const char *line)
{
	unsigned *errors = arg;

	assert(strncmp(line, "fuzz:", 5) == 0 && strpbrk(line, "\r\n") == NULL);
	*errors += severity == CONFIG_ERROR;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config config;
	struct dp_config dp;
	unsigned errors = 0;

	if (config_parse("fuzz", (const char *)data, size, 0, &config, count, &errors) != 0) {
		assert(errors > 0);
		return 0;
	}
	assert(errors == 0 && config.n_users > 0 && config.n_workers > 0);
	config_dp(&config, &dp);
	config_free(&config);
	return 0;
}
