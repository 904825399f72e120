/* SPDX-License-Identifier: BSD-3-Clause */
/* The table of keys (config_table.h), lookups in it, and the manual made of it. */
#include "config_impl.h"

#include <string.h>

#include "paths.h"

#define FIELD(type, field) offsetof(type, field), sizeof(((type *)0)->field)
#define AT(field)          FIELD(struct config, field)
#define AT_SEGMENT(field)  FIELD(struct config_segment, field)
#define AT_USER(field)     FIELD(struct config_user, field)
#define AT_GROUP(field)    FIELD(struct config_group, field)
#define AT_RULE(field)     FIELD(struct config_rule, field)
#define AT_SOURCE(field)   FIELD(struct nat_source, field)
#define AT_DEST(field)     FIELD(struct nat_destination, field)
/* The kind's reader knows the field. */
#define NOWHERE            0, 0

const struct config_key config_keys[CONFIG_N_KEYS] = {
#define KEY(name, path, kind, def, min, max, field, help) \
	[KEY_##name] = {path, &config_##kind, def, min, max, field, help},
#include "config_table.h"
#undef KEY
};

int
config_find_key(const char *path)
{
	for (size_t i = 0; i < CONFIG_N_KEYS; i++) {
		const char *wild = strchr(config_keys[i].path, '<');
		size_t n = wild ? (size_t)(wild - config_keys[i].path) : 0;

		if (wild ? strncmp(config_keys[i].path, path, n) == 0 && path[n] != '\0' &&
					strchr(path + n, '.') == NULL
			 : strcmp(config_keys[i].path, path) == 0)
			return (int)i;
	}
	return -1;
}

int
config_find_section(const char *path)
{
	size_t n = strlen(path);

	for (size_t i = 0; i < CONFIG_N_KEYS; i++)
		if (strncmp(config_keys[i].path, path, n) == 0 && config_keys[i].path[n] == '.')
			return (int)i;
	return -1;
}

static void
print_row(FILE *out, const struct config_key *k)
{
	fprintf(out, "| `%s` | %s", k->path, k->type->name);
	if (k->type->ranged)
		fprintf(out, ", %u to %u", k->min, k->max);
	else if (k->type->list && k->max < UINT32_MAX)
		fprintf(out, ", %u to %u of them", k->min, k->max);
	else if (k->type == &config_prefix || k->type == &config_wan_address)
		fprintf(out, ", /%u to /%u", k->min, k->max);
	if (k->def == NULL)
		fputs(" | *required*", out);
	else if (k->def[0] == '\0')
		fputs(" | none", out);
	else if (k->type->list)
		fprintf(out, " | `[%s]`", k->def);
	else
		fprintf(out, " | `%s`", k->def);
	fprintf(out, " | %s |\n", k->help);
}

void
config_print_keys(FILE *out)
{
	const char *section = "";
	size_t len = 0;

	for (size_t i = 0; i < CONFIG_N_KEYS; i++) {
		const char *path = config_keys[i].path;

		if (strncmp(path, section, len) != 0 || len != strcspn(path, ".[")) {
			section = path;
			len = strcspn(path, ".[");
			fprintf(out, "%s## %.*s\n\n", i ? "\n" : "", (int)len, section);
			fputs("| key | takes | default | meaning |\n|---|---|---|---|\n", out);
		}
		print_row(out, &config_keys[i]);
	}
}
