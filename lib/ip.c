/* SPDX-License-Identifier: BSD-3-Clause */
#include "ip.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int
ip_parse(const char *text, be32 *out)
{
	struct in_addr a;

	if (inet_pton(AF_INET, text, &a) != 1)
		return -EINVAL;
	*out = a.s_addr;
	return 0;
}

/*
 * Parses the text before a separator as an address; *rest is the text after it, NULL without one.
 */
static int
parse_head(const char *text, char sep, be32 *out, const char **rest)
{
	char head[IP_STR_LEN];
	const char *at = strchr(text, sep);
	size_t n = at ? (size_t)(at - text) : strlen(text);

	if (n >= sizeof(head))
		return -EINVAL;
	memcpy(head, text, n);
	head[n] = '\0';
	*rest = at ? at + 1 : NULL;
	return ip_parse(head, out);
}

int
ip_prefix_parse(const char *text, struct ip_prefix *out)
{
	const char *bits;
	unsigned len = 0;

	if (parse_head(text, '/', &out->addr, &bits) != 0 || bits == NULL)
		return -EINVAL;
	/* As in addresses: no leading 0, which could mean octal, and no sign or blank. */
	if (bits[0] == '\0' || (bits[0] == '0' && bits[1] != '\0'))
		return -EINVAL;
	for (; *bits != '\0'; bits++) {
		if (*bits < '0' || *bits > '9')
			return -EINVAL;
		len = len * 10 + (unsigned)(*bits - '0');
		if (len > 32)
			return -EINVAL;
	}
	out->len = (uint8_t)len;
	return 0;
}

int
ip_range_parse(const char *text, struct ip_range *out)
{
	const char *last;

	if (parse_head(text, '-', &out->first, &last) != 0)
		return -EINVAL;
	if (last == NULL)
		out->last = out->first;
	else if (ip_parse(last, &out->last) != 0)
		return -EINVAL;
	return ntohl(out->first) <= ntohl(out->last) ? 0 : -EINVAL;
}

const char *
ip_str(be32 addr, char buf[IP_STR_LEN])
{
	uint32_t a = ntohl(addr);

	snprintf(buf, IP_STR_LEN, "%u.%u.%u.%u", a >> 24, a >> 16 & 255, a >> 8 & 255, a & 255);
	return buf;
}

const char *
ip_end_str(const struct ip_end *end, char buf[IP_END_STR_LEN])
{
	char addr[IP_STR_LEN];

	snprintf(buf, IP_END_STR_LEN, "%s:%u", ip_str(end->addr, addr), ntohs(end->port));
	return buf;
}
