/* SPDX-License-Identifier: BSD-3-Clause */
/* A capture file, and a folder beside it that is a Wireshark profile with the keys. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "load.h"

#define SALT_LEN 4 /* of AES-GCM */

#define PCAP_MAGIC_NS 0xa1b23c4d
#define LINK_ETHERNET 1
#define SNAPLEN       65535

struct trace {
	FILE *pcap, *isakmp, *esp;
};

struct pcap_header {
	uint32_t magic;
	uint16_t major, minor;
	uint32_t zone, accuracy, snaplen, link;
};

struct pcap_record {
	uint32_t s, ns, captured, len;
};

static FILE *
make(const char *folder, const char *name)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s%s%s", folder, name[0] ? "/" : "", name);
	f = fopen(path, "w");
	if (f == NULL)
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
	return f;
}

/* Wireshark decrypts ESP only if this is set. */
static void
write_preferences(const char *folder)
{
	FILE *f = make(folder, "preferences");

	if (f == NULL)
		return;
	fprintf(f, "esp.enable_encryption_decode: TRUE\nesp.enable_authentication_check: TRUE\n");
	fclose(f);
}

struct trace *
load_trace_open(const char *path)
{
	const struct pcap_header h = {PCAP_MAGIC_NS, 2, 4, 0, 0, SNAPLEN, LINK_ETHERNET};
	struct trace *t = calloc(1, sizeof(*t));
	char folder[300];

	if (t == NULL)
		return NULL;
	snprintf(folder, sizeof(folder), "%s.keys", path);
	if (mkdir(folder, 0700) != 0 && errno != EEXIST)
		fprintf(stderr, "%s: %s\n", folder, strerror(errno));
	t->pcap = make(path, "");
	t->isakmp = make(folder, "ikev1_decryption_table");
	t->esp = make(folder, "esp_sa");
	if (t->pcap == NULL || t->isakmp == NULL || t->esp == NULL) {
		load_trace_close(t);
		return NULL;
	}
	write_preferences(folder);
	fwrite(&h, sizeof(h), 1, t->pcap);
	return t;
}

void
load_trace_close(struct trace *t)
{
	if (t == NULL)
		return;
	if (t->pcap != NULL)
		fclose(t->pcap);
	if (t->isakmp != NULL)
		fclose(t->isakmp);
	if (t->esp != NULL)
		fclose(t->esp);
	free(t);
}

void
load_trace_frame(struct trace *t, const struct rte_mbuf *m)
{
	struct timespec now;
	struct pcap_record r;

	if (t == NULL)
		return;
	clock_gettime(CLOCK_REALTIME, &now);
	r = (struct pcap_record){
		(uint32_t)now.tv_sec, (uint32_t)now.tv_nsec, m->data_len, m->data_len};
	fwrite(&r, sizeof(r), 1, t->pcap);
	fwrite(rte_pktmbuf_mtod(m, const void *), m->data_len, 1, t->pcap);
}

static void
write_hex(FILE *f, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		fprintf(f, "%02x", p[i]);
}

void
load_trace_isakmp(struct trace *t, const struct client_isakmp_keys *keys)
{
	if (t == NULL)
		return;
	write_hex(t->isakmp, keys->icookie, sizeof(keys->icookie));
	fputc(',', t->isakmp);
	write_hex(t->isakmp, keys->key, keys->key_len);
	fputc('\n', t->isakmp);
}

static void
write_sa(FILE *f, be32 src, be32 dst, be32 spi, const struct esp_suite *suite,
	const struct esp_keys *keys)
{
	/* Wireshark's names. */
	static const char *const ciphers[] = {
		[ESP_DES_CBC] = "DES-CBC [RFC2405]",
		[ESP_3DES_CBC] = "TripleDES-CBC [RFC2451]",
		[ESP_AES_CBC] = "AES-CBC [RFC3602]",
		[ESP_AES_GCM] = "AES-GCM with 16 octet ICV [RFC4106]",
	};
	static const char *const auths[] = {
		[ESP_HMAC_MD5_96] = "HMAC-MD5-96 [RFC2403]",
		[ESP_HMAC_SHA1_96] = "HMAC-SHA-1-96 [RFC2404]",
		[ESP_HMAC_SHA2_256_128] = "HMAC-SHA-256-128 [RFC4868]",
		[ESP_HMAC_SHA2_384_192] = "HMAC-SHA-384-192 [RFC4868]",
		[ESP_HMAC_SHA2_512_256] = "HMAC-SHA-512-256 [RFC4868]",
		[ESP_HMAC_SHA2_256_96] = "HMAC-SHA-256-96 [draft-ietf-ipsec-ciph-sha-256-00]",
		[ESP_GCM_16] = "NULL",
	};
	bool gcm = suite->auth == ESP_GCM_16;
	char a[IP_STR_LEN], b[IP_STR_LEN];

	fprintf(f, "\"IPv4\",\"%s\",\"%s\",\"0x%08x\",\"%s\",\"0x", ip_str(src, a), ip_str(dst, b),
		ntohl(spi), ciphers[suite->cipher]);
	write_hex(f, keys->cipher, suite->cipher_key_len);
	/* The salt is part of the key (RFC 4106, 8.1). */
	if (gcm)
		write_hex(f, keys->auth, SALT_LEN);
	fprintf(f, "\",\"%s\",\"%s", auths[suite->auth], gcm ? "" : "0x");
	if (!gcm)
		write_hex(f, keys->auth, suite->auth_key_len);
	fprintf(f, "\",\"32-bit\"\n");
}

void
load_trace_child(struct trace *t, be32 outer, be32 gateway, const struct client_child *child)
{
	if (t == NULL)
		return;
	write_sa(t->esp, gateway, outer, child->spi_in, child->suite, &child->in);
	write_sa(t->esp, outer, gateway, child->spi_out, child->suite, &child->out);
}
