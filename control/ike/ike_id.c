/* SPDX-License-Identifier: BSD-3-Clause */
#include "ike_id.h"

#include <stdio.h>

#include "wire/isakmp.h"

bool
ike_id_read(struct rd body, struct ike_id *out)
{
	out->type = rd_u8(&body);
	out->proto = rd_u8(&body);
	out->port = rd_u16(&body);
	out->data = body;
	return !body.bad;
}

/* Prints text of a peer; bytes other than printable ASCII are escaped. */
static void
print_text(struct rd r, char *buf, size_t size)
{
	size_t n = 0;

	while (rd_more(&r) && n + 5 < size) {
		uint8_t c = rd_u8(&r);

		if (c > 0x20 && c < 0x7f)
			buf[n++] = (char)c;
		else
			n += (size_t)snprintf(buf + n, size - n, "\\x%02x", c);
	}
	buf[n] = '\0';
}

static void
print_hex(uint8_t type, struct rd r, char buf[IKE_ID_STR_LEN])
{
	int n = snprintf(buf, IKE_ID_STR_LEN, "type%u:", type);

	while (rd_more(&r) && n + 3 < IKE_ID_STR_LEN)
		n += snprintf(buf + n, IKE_ID_STR_LEN - (size_t)n, "%02x", rd_u8(&r));
}

void
ike_id_str(const struct ike_id *id, char buf[IKE_ID_STR_LEN])
{
	struct rd r = id->data;
	char addr[IP_STR_LEN], mask[IP_STR_LEN];
	size_t left = rd_left(&r);
	be32 a;

	switch (id->type) {
	case ISAKMP_ID_IPV4:
		if (left != 4)
			break;
		snprintf(buf, IKE_ID_STR_LEN, "%s", ip_str(rd_be32(&r), addr));
		return;
	case ISAKMP_ID_IPV4_SUBNET:
		if (left != 8)
			break;
		a = rd_be32(&r);
		snprintf(buf, IKE_ID_STR_LEN, "%s/%s", ip_str(a, addr), ip_str(rd_be32(&r), mask));
		return;
	case ISAKMP_ID_FQDN:
	case ISAKMP_ID_USER_FQDN:
		print_text(r, buf, IKE_ID_STR_LEN);
		return;
	default:
		break;
	}
	print_hex(id->type, r, buf);
}
