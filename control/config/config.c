/* SPDX-License-Identifier: BSD-3-Clause */
/* The configuration as a whole: a file or text into struct config, with defaults and checks. */
#include "config_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool
config_value(struct config_doc *doc, const struct config_key *key, void *base, const char *text,
	unsigned line, const char *path)
{
	const char *wild = strchr(key->path, '<');
	struct config_item item = {
		.key = key,
		.config = doc->config,
		.field = (char *)base + key->offset,
		.text = text,
		.name = wild ? path + (wild - key->path) : NULL,
		.dir = doc->dir,
	};

	if (key->type->read(&item))
		return true;
	config_error(doc, config_at_line(line, path), "%s", item.why);
	return false;
}

void
config_default(struct config_doc *doc, enum config_key_id k, void *base, unsigned line)
{
	const struct config_key *key = &config_keys[k];
	char text[256], *rest = text, *one;

	snprintf(text, sizeof(text), "%s", key->def);
	if (!key->type->list)
		rest = NULL;
	if (rest == NULL && text[0] != '\0' && !config_value(doc, key, base, text, line, key->path))
		doc->seen[k].bad = true;
	while (rest != NULL && (one = strsep(&rest, ", ")) != NULL)
		if (one[0] != '\0' && !config_value(doc, key, base, one, line, key->path))
			doc->seen[k].bad = true;
}

static void
finish(struct config_doc *doc)
{
	for (enum config_key_id k = 0; k < CONFIG_N_KEYS; k++) {
		struct config_place at = config_at(doc, k);

		if (doc->seen[k].line != 0 || strstr(config_keys[k].path, "[].") != NULL)
			continue;
		if (config_keys[k].def != NULL) {
			config_default(doc, k, doc->config, at.line);
			continue;
		}
		if (doc->flags & CONFIG_BENCH && k == KEY_USERS)
			continue;
		config_error(doc, at, "is missing");
		doc->seen[k].bad = true;
	}
	if (doc->flags & CONFIG_BENCH && doc->config->n_users > 0)
		config_error(doc, config_at(doc, KEY_USERS), "must be empty with --bench-sessions");
	config_check(doc);
}

int
config_parse(const char *name, const char *text, size_t len, unsigned flags, struct config *out,
	config_report_fn *report, void *arg)
{
	const char *slash = strrchr(name, '/');
	struct config_doc *doc = calloc(1, sizeof(*doc));
	int rc = -EINVAL;

	memset(out, 0, sizeof(*out));
	if (doc == NULL) {
		report(arg, CONFIG_ERROR, "out of memory");
		return -EINVAL;
	}
	doc->name = name;
	doc->flags = flags;
	doc->config = out;
	doc->report = report;
	doc->arg = arg;
	snprintf(doc->dir, sizeof(doc->dir), "%.*s", slash ? (int)(slash - name) : 1,
		slash ? name : ".");
	if (config_walk(doc, text, len))
		finish(doc);
	if (doc->n_errors == 0)
		rc = 0;
	else
		config_free(out);
	free(doc);
	return rc;
}

/* Who else can read the file, and the secrets in it. */
static void
warn_if_open(const char *path, const struct stat *st, config_report_fn *report, void *arg)
{
	char line[1024];

	if ((st->st_mode & 077) != 0) {
		snprintf(line, sizeof(line),
			"%s: warning: is accessible to group or others (mode %04o): chmod 600 it, "
			"or move its secrets to files of their own (file:PATH)",
			path, (unsigned)st->st_mode & 07777);
		report(arg, CONFIG_WARNING, line);
	}
	if (st->st_uid != 0 && st->st_uid != geteuid()) {
		snprintf(line, sizeof(line),
			"%s: warning: belongs to another user (uid %u), who can change it", path,
			(unsigned)st->st_uid);
		report(arg, CONFIG_WARNING, line);
	}
}

int
config_load(
	const char *path, unsigned flags, struct config *out, config_report_fn *report, void *arg)
{
	char line[1024];
	struct stat st = {0};
	char *text = NULL;
	size_t len = 0;
	int rc = -EINVAL;
	FILE *f;

	memset(out, 0, sizeof(*out));
	f = fopen(path, "re");
	if (f == NULL || fstat(fileno(f), &st) != 0) {
		snprintf(line, sizeof(line), "%s: %s", path, strerror(errno));
		goto fail;
	}
	text = malloc(CONFIG_FILE_MAX + 1);
	if (text == NULL) {
		snprintf(line, sizeof(line), "%s: out of memory", path);
		goto fail;
	}
	len = fread(text, 1, CONFIG_FILE_MAX + 1, f);
	if (ferror(f) || len > CONFIG_FILE_MAX) {
		snprintf(line, sizeof(line), "%s: %s", path,
			ferror(f) ? strerror(errno) : "is longer than 16 MiB");
		goto fail;
	}
	rc = config_parse(path, text, len, flags, out, report, arg);
	if (rc == 0)
		warn_if_open(path, &st, report, arg);
	goto out;

fail:
	report(arg, CONFIG_ERROR, line);
out:
	if (f != NULL)
		fclose(f);
	if (text != NULL)
		sodium_memzero(text, len);
	free(text);
	return rc;
}

void
config_free(struct config *config)
{
	for (unsigned i = 0; i < config->n_eal_options; i++)
		free((void *)(uintptr_t)config->eal_options[i]);
	config_filter_free(config);
	if (config->users != NULL)
		sodium_memzero(config->users, config->n_users * sizeof(*config->users));
	free(config->users);
	free(config->users_by_name);
	sodium_memzero(config, sizeof(*config));
}

_Static_assert(CONFIG_SESSIONS_MAX + CONFIG_HALF_OPEN_MAX < DP_MAX_SLOTS / 4,
	"each session has room for four SAs");

uint16_t
config_mss_clamp(const struct config *config)
{
	enum {
		HEADERS = 40 /* IPv4 and TCP (RFC 6691, 2) */
	};
	uint16_t mss = config->mss_clamp;

	if (mss == CONFIG_MSS_ANY)
		return 0;
	if (mss > config->ppp.mru - HEADERS)
		mss = (uint16_t)(config->ppp.mru - HEADERS);
	if (mss > config->lan.mtu - HEADERS)
		mss = (uint16_t)(config->lan.mtu - HEADERS);
	return mss;
}

void
config_dp(const struct config *config, struct dp_config *out)
{
	memset(out, 0, sizeof(*out));
	out->control_core = config->control_core;
	memcpy(out->worker_core, config->worker_core, sizeof(out->worker_core));
	out->n_workers = config->n_workers;
	out->idle_sleep_us = config->idle_sleep_us;
	out->hugepages = config->hugepages;
	out->memory_mb = config->memory_mb;
	memcpy(out->file_prefix, config->file_prefix, sizeof(out->file_prefix));
	out->eal_options = config->eal_options;
	out->n_eal_options = config->n_eal_options;
	out->port[DP_WAN] = config->wan;
	out->port[DP_LAN] = config->lan;
	out->n_segments = (unsigned)config->n_segments;
	for (size_t i = 0; i < config->n_segments; i++)
		out->segment[i] = config->segments[i].net;
	/* A DHCP server may provide routes. */
	out->routes = config->n_static_routes > 0 || config->wan.dhcp;
	/* One worker may own them all. */
	out->max_sessions = config->limit_sessions + config->limit_half_open;
	out->replay_window = config->replay_window;
	out->filter_flows = config->filter_flows;
	out->filter = &config->filter;
	out->copy_dscp_out = config->copy_dscp_out;
	out->copy_dscp_in = config->copy_dscp_in;
	out->nat = &config->nat;
}
