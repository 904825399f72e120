/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_log.h>

#include "eal.h"
#include "log.h"
#include "port.h"

#define ARGS_MAX 64

struct args {
	char *v[ARGS_MAX + 1];
	int n;
	bool bad;
};

__attribute__((format(printf, 2, 3))) static void
add(struct args *a, const char *fmt, ...)
{
	va_list ap;
	int rc;

	if (a->n == ARGS_MAX) {
		a->bad = true;
		return;
	}
	va_start(ap, fmt);
	rc = vasprintf(&a->v[a->n], fmt, ap);
	va_end(ap);
	if (rc < 0)
		a->bad = true;
	else
		a->n++;
}

static void
args_free(struct args *a)
{
	while (a->n > 0)
		free(a->v[--a->n]);
}

/*
 * "0@2,1@3": the lcore numbers are ours, so that CPU numbers are not limited and a small machine
 * can run several lcores on one CPU.
 */
static void
add_lcores(struct args *a, const struct dp_config *config)
{
	char list[DP_MAX_WORKERS * 16 + 32];
	int n = snprintf(list, sizeof(list), "%u@%u", EAL_LCORE_CONTROL, config->control_core);

	for (unsigned i = 0; i < config->n_workers; i++)
		n += snprintf(list + n, sizeof(list) - (size_t)n, ",%u@%u", EAL_LCORE_WORKER(i),
			config->worker_core[i]);
	add(a, "--lcores=%s", list);
	add(a, "--main-lcore=%u", EAL_LCORE_CONTROL);
}

static void
add_memory(struct args *a, const struct dp_config *config, unsigned memory_mb)
{
	/* The kernel gets the pages back even after a crash. */
	if (config->hugepages)
		add(a, "--in-memory");
	else
		add(a, "--no-huge");
	if (memory_mb > 0) {
		add(a, "-m");
		add(a, "%u", memory_mb);
	}
}

static void
add_devices(struct args *a, const struct dp_config *config)
{
	char option[sizeof(config->port[0].device) + 16];
	bool pci = false;

	for (unsigned i = 0; i < DP_N_PORTS; i++) {
		port_eal_option(&config->port[i], option, sizeof(option));
		add(a, "%s", option);
		pci = pci || port_is_pci(&config->port[i]);
	}
	if (!pci)
		add(a, "--no-pci");
}

/* Logs what EAL and its drivers print, line by line. */
static ssize_t
on_eal_line(void *cookie, const char *buf, size_t len)
{
	size_t n = len;

	(void)cookie;
	while (n > 0 && (buf[n - 1] == '\n' || buf[n - 1] == '\r'))
		n--;
	if (n > 0)
		log_warning(DP, "eal", "%.*s", (int)n, buf);
	return (ssize_t)len;
}

/* Opened before EAL starts, and open as long as EAL runs. */
static FILE *
log_open(void)
{
	FILE *f = fopencookie(NULL, "w", (cookie_io_functions_t){.write = on_eal_line});

	if (f == NULL)
		return NULL;
	setvbuf(f, NULL, _IOLBF, 0);
	rte_openlog_stream(f);
	return f;
}

int
eal_start(const struct dp_config *config, unsigned memory_mb, FILE **log)
{
	struct args a = {0};
	char **argv = NULL;
	int rc = -ENOMEM;

	*log = NULL;
	add(&a, "kanmond");
	add_lcores(&a, config);
	add_memory(&a, config, memory_mb);
	add_devices(&a, config);
	add(&a, "--file-prefix=%s", config->file_prefix);
	add(&a, "--log-level=warning");
	add(&a, "--log-level=lib.telemetry:error"); /* it warns about the missing legacy socket */
	for (unsigned i = 0; i < config->n_eal_options; i++)
		add(&a, "%s", config->eal_options[i]);
	if (a.bad) {
		log_err(DP, NULL, "too many EAL options");
		goto out;
	}
	/* EAL reorders the vector that it is given. */
	argv = calloc((size_t)a.n + 1, sizeof(*argv));
	if (argv == NULL)
		goto out;
	memcpy(argv, a.v, (size_t)a.n * sizeof(*argv));
	*log = log_open();
	rc = rte_eal_init(a.n, argv);
	if (rc < 0) {
		rc = rte_errno > 0 ? -rte_errno : -EIO;
		log_err(DP, NULL, "cannot initialize DPDK: %s%s", strerror(-rc),
			config->hugepages ? " (are enough huge pages free?)" : "");
		goto out;
	}
	rc = 0;
out:
	if (rc != 0) {
		eal_stop(false, *log);
		*log = NULL;
	}
	free(argv);
	args_free(&a);
	return rc;
}

void
eal_stop(bool up, FILE *log)
{
	if (up)
		rte_eal_cleanup();
	if (log != NULL) {
		rte_openlog_stream(NULL);
		fclose(log);
	}
}
