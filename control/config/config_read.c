/* SPDX-License-Identifier: BSD-3-Clause */
/* The kinds of single values: each turns text of the file into a field, or says why not. */
#include "config_impl.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "utf8.h"

bool
config_refuse(struct config_item *item, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(item->why, sizeof(item->why), fmt, ap);
	va_end(ap);
	return false;
}

bool
config_refuse_host(struct config_item *item, const struct ip_prefix *host)
{
	char addr[IP_STR_LEN], net[IP_STR_LEN];

	return config_refuse(item, "%s/%u is a host address (its network is %s/%u)",
		ip_str(host->addr, addr), host->len, ip_str(ip_network(host), net), host->len);
}

/* --- numbers ---------------------------------------------------------------------------------- */

bool
config_digits(const char *text, uint32_t *out, const char **rest)
{
	uint64_t n = 0;
	const char *p;

	for (p = text; isdigit((unsigned char)*p); p++) {
		n = n * 10 + (uint64_t)(*p - '0');
		if (n > UINT32_MAX)
			return false;
	}
	*out = (uint32_t)n;
	*rest = p;
	return p > text;
}

static bool
in_range(struct config_item *item, uint64_t n, const char *unit)
{
	if (n >= item->key->min && n <= item->key->max)
		return true;
	return config_refuse(item, "%s is out of range (%u to %u%s)", item->text, item->key->min,
		item->key->max, unit);
}

static void
store(const struct config_item *item, uint32_t n)
{
	uint16_t u16 = (uint16_t)n;
	uint64_t u64 = n;

	if (item->key->size == sizeof(u16))
		memcpy(item->field, &u16, sizeof(u16));
	else if (item->key->size == sizeof(n))
		memcpy(item->field, &n, sizeof(n));
	else
		memcpy(item->field, &u64, sizeof(u64));
}

static bool
read_number(struct config_item *item)
{
	const char *rest;
	uint32_t n;

	if (!config_digits(item->text, &n, &rest) || *rest != '\0')
		return config_refuse(item, "\"%s\" is not a number (%u to %u)", item->text,
			item->key->min, item->key->max);
	if (!in_range(item, n, ""))
		return false;
	store(item, n);
	return true;
}

static bool
read_power2(struct config_item *item)
{
	const char *rest;
	uint32_t n;

	if (!config_digits(item->text, &n, &rest) || *rest != '\0' || (n & (n - 1)) != 0 ||
		n < item->key->min || n > item->key->max)
		return config_refuse(item, "\"%s\" is not a power of two from %u to %u", item->text,
			item->key->min, item->key->max);
	store(item, n);
	return true;
}

static bool
read_seconds(struct config_item *item)
{
	static const struct {
		const char *name;
		uint32_t s;
	} units[] = {{"", 1}, {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}};
	const char *rest;
	uint32_t n;

	if (!config_digits(item->text, &n, &rest))
		return config_refuse(
			item, "\"%s\" is not a time (seconds, or 30m, 8h, 1d)", item->text);
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(rest, units[i].name) != 0)
			continue;
		if (!in_range(item, (uint64_t)n * units[i].s, " seconds"))
			return false;
		store(item, n * units[i].s);
		return true;
	}
	return config_refuse(item, "\"%s\" is not a time (seconds, or 30m, 8h, 1d)", item->text);
}

static bool
read_bool(struct config_item *item)
{
	bool v = strcmp(item->text, "true") == 0;

	if (!v && strcmp(item->text, "false") != 0)
		return config_refuse(item, "\"%s\" is neither true nor false", item->text);
	memcpy(item->field, &v, sizeof(v));
	return true;
}

/* A number, or true or false. */
static bool
read_mss(struct config_item *item)
{
	uint16_t mss = strcmp(item->text, "true") == 0 ? CONFIG_MSS_FITS : CONFIG_MSS_ANY;

	if (mss == CONFIG_MSS_ANY && strcmp(item->text, "false") != 0)
		return read_number(item);
	memcpy(item->field, &mss, sizeof(mss));
	return true;
}

/* --- words ------------------------------------------------------------------------------------ */

/* log.level, and log.modules.<module> where item->name is the module. */
static bool
read_level(struct config_item *item)
{
	int level = log_level_parse(item->text);
	int module;

	if (level < 0)
		return config_refuse(item,
			"\"%s\" is not a log level (error, warning, notice, info, debug)",
			item->text);
	if (item->name == NULL) {
		item->config->log_level = (enum log_level)level;
		return true;
	}
	module = log_module_parse(item->name);
	if (module < 0)
		return config_refuse(
			item, "unknown module (main, config, conn, ike, l2tp, ppp, net, dp, cli)");
	if (item->config->log_module_level[module] != 0)
		return config_refuse(item, "duplicate key");
	item->config->log_module_level[module] = (enum log_level)level;
	return true;
}

static bool
read_text(struct config_item *item)
{
	size_t len = strlen(item->text);

	if (len == 0 || len >= item->key->size)
		return config_refuse(
			item, "is %zu bytes long (1 to %zu)", len, item->key->size - 1);
	memcpy(item->field, item->text, len + 1);
	return true;
}

static bool
read_socket(struct config_item *item)
{
	if (item->text[0] != '/')
		return config_refuse(item, "\"%s\" is not an absolute path", item->text);
	return read_text(item);
}

/* A name without bytes that other programs might misread. */
static bool
read_name(struct config_item *item)
{
	for (const char *p = item->text; *p; p++)
		if (!isalnum((unsigned char)*p) && strchr("-_.", *p) == NULL)
			return config_refuse(item,
				"\"%s\" contains characters other than letters, digits, - _ .",
				item->text);
	return read_text(item);
}

static bool
read_user_name(struct config_item *item)
{
	for (const char *p = item->text; *p; p++) {
		if (*p == '\\')
			return config_refuse(item,
				"\"%s\" contains a backslash (the domain that a client sends is "
				"removed)",
				item->text);
		if (iscntrl((unsigned char)*p))
			return config_refuse(item, "contains a control character");
	}
	if (item->text[0] == ' ' ||
		(item->text[0] != '\0' && item->text[strlen(item->text) - 1] == ' '))
		return config_refuse(item, "\"%s\" begins or ends with a blank", item->text);
	return read_text(item);
}

/* --- ports ------------------------------------------------------------------------------------ */

/* 0000:03:00.0 or 03:00.0, to its end or a comma. */
static bool
pci_address(const char *text)
{
	static const char *const shapes[] = {"xxxx:xx:xx.7", "xx:xx.7"};

	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		const char *p = text, *s = shapes[i];

		for (; *s; s++, p++) {
			if (*s == 'x'       ? !isxdigit((unsigned char)*p)
				: *s == '7' ? *p < '0' || *p > '7'
					    : *p != *s)
				break;
		}
		if (*s == '\0' && (*p == '\0' || *p == ','))
			return true;
	}
	return false;
}

static bool
read_device(struct config_item *item)
{
	bool vdev = strncmp(item->text, "net_", 4) == 0 && isalnum((unsigned char)item->text[4]);

	for (const char *p = item->text; *p; p++)
		if (!isgraph((unsigned char)*p))
			return config_refuse(item, "\"%s\" contains a space", item->text);
	if (!vdev && !pci_address(item->text))
		return config_refuse(item,
			"\"%s\" is not a device (a PCI address such as 0000:03:00.0, or a virtual "
			"device such as net_af_packet0,iface=eth0)",
			item->text);
	return read_text(item);
}

static bool
read_address(struct config_item *item)
{
	be32 addr;

	if (ip_parse(item->text, &addr) != 0 || addr == 0)
		return config_refuse(item, "\"%s\" is not an IPv4 address", item->text);
	memcpy(item->field, &addr, sizeof(addr));
	return true;
}

static bool
read_prefix(struct config_item *item)
{
	struct ip_prefix p = {0};

	if (ip_prefix_parse(item->text, &p) != 0)
		return config_refuse(item,
			"\"%s\" is not an address with prefix length (such as 10.0.0.254/24)",
			item->text);
	if (p.len < item->key->min || p.len > item->key->max)
		return config_refuse(item, "/%u is out of range (/%u to /%u)", p.len,
			item->key->min, item->key->max);
	if (p.addr == ip_network(&p) || p.addr == ip_broadcast(&p))
		return config_refuse(item,
			"%s is the network or broadcast address, not a host address", item->text);
	if (ntohl(p.addr) >> 24 == 0 || ntohl(p.addr) >> 24 == 127 || ntohl(p.addr) >> 29 == 7)
		return config_refuse(item, "%s is not a host address", item->text);
	memcpy(item->field, &p, sizeof(p));
	return true;
}

/* As config_prefix, or "dhcp": then there is no address until a server assigns one. */
static bool
read_wan_address(struct config_item *item)
{
	const struct ip_prefix none = {.len = 32};

	if (strcmp(item->text, "dhcp") != 0)
		return read_prefix(item);
	memcpy(item->field, &none, sizeof(none));
	item->config->wan.dhcp = true;
	return true;
}

static bool
read_source_check(struct config_item *item)
{
	static const char *const names[] = {
		[DP_SOURCE_STRICT] = "strict",
		[DP_SOURCE_LOOSE] = "loose",
		[DP_SOURCE_OFF] = "off",
	};

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(item->text, names[i]) == 0) {
			*(enum dp_source_check *)item->field = (enum dp_source_check)i;
			return true;
		}
	}
	return config_refuse(item, "\"%s\" is not one of strict, loose, off", item->text);
}

static bool
read_takeover(struct config_item *item)
{
	static const char *const names[] = {
		[CONFIG_TAKEOVER_SILENT] = "silent",
		[CONFIG_TAKEOVER_OLDEST] = "oldest",
		[CONFIG_TAKEOVER_NONE] = "none",
	};

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(item->text, names[i]) == 0) {
			*(enum config_takeover *)item->field = (enum config_takeover)i;
			return true;
		}
	}
	return config_refuse(item, "\"%s\" is not one of silent, oldest, none", item->text);
}

/* --- secrets ---------------------------------------------------------------------------------- */

/* The bytes of a secret, inline or from file:PATH; item->why never contains them. */
static int
read_secret(struct config_item *item, uint8_t *buf, size_t size)
{
	size_t len = strlen(item->text);

	if (strncmp(item->text, "file:", 5) == 0)
		return config_secret_read(item, item->text + 5, buf, size);
	if (len == 0 || len > size) {
		config_refuse(item, "is %zu bytes long (1 to %zu, or file:PATH)", len, size);
		return -1;
	}
	for (const char *p = item->text; *p; p++) {
		if (iscntrl((unsigned char)*p)) {
			config_refuse(item,
				"contains a control character (in double quotes, a backslash "
				"begins an escape)");
			return -1;
		}
	}
	memcpy(buf, item->text, len);
	return (int)len;
}

static bool
read_psk(struct config_item *item)
{
	struct secret *psk = item->field;
	int len = read_secret(item, psk->b, sizeof(psk->b));

	if (len < 0)
		return false;
	psk->len = (uint16_t)len;
	return true;
}

static bool
is_utf8(const char *text)
{
	size_t len = strlen(text), n;

	for (; len > 0; text += n, len -= n) {
		n = utf8_char(text, len);
		if (n == 0)
			return false;
	}
	return true;
}

static bool
read_password(struct config_item *item)
{
	char *out = item->field;
	int len = read_secret(item, item->field, CONFIG_PASSWORD_MAX);

	if (len < 0)
		return false;
	out[len] = '\0';
	if (strlen(out) == (size_t)len && is_utf8(out))
		return true;
	sodium_memzero(out, CONFIG_PASSWORD_MAX);
	return config_refuse(item, "is not valid UTF-8");
}

/* clang-format off */
#define KIND(sym, text, ...) const struct config_type sym = {.name = text, __VA_ARGS__}

KIND(config_bool,       "true or false",                 .read = read_bool);
KIND(config_number,     "number",                        .read = read_number, .ranged = true);
KIND(config_power2,     "power of two",                  .read = read_power2, .ranged = true);
KIND(config_seconds,    "time: seconds, or `30m`, `8h`, `1d`",
	.read = read_seconds, .ranged = true);
KIND(config_mss,        "true, false or number",         .read = read_mss, .ranged = true);
KIND(config_level,      "log level",                         .read = read_level);
KIND(config_socket,     "path",                          .read = read_socket);
KIND(config_name,       "name: letters, digits, - _ .",  .read = read_name);
KIND(config_device,     "device",                        .read = read_device);
KIND(config_prefix,     "address and prefix length",     .read = read_prefix);
KIND(config_wan_address, "address and prefix length, or `dhcp`", .read = read_wan_address);
KIND(config_source_check, "strict, loose or off",        .read = read_source_check);
KIND(config_takeover,   "silent, oldest or none",        .read = read_takeover);
KIND(config_address,    "IPv4 address",                  .read = read_address);
KIND(config_user_name,  "name",                          .read = read_user_name, .free_text = true);
KIND(config_psk,        "secret, or `file:PATH`",        .read = read_psk, .free_text = true);
KIND(config_password,   "secret, or `file:PATH`",        .read = read_password, .free_text = true);
/* clang-format on */
