/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A remote-access client of L2TP/IPsec, as a PC or a phone is one: IKEv1 initiator (RFC 2409), ESP pairs,
 * L2TP LAC (RFC 2661), PPP with MS-CHAPv2 (RFC 2759) and IPCP (RFC 1332). Pure: bytes and time in, bytes and
 * events out; no DPDK, no sockets, no ciphers of ESP. Thousands share one thread: one timer wheel, no statics.
 */
#ifndef CLIENT_H
#define CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/dh.h"
#include "esp_suite.h"
#include "ip.h"
#include "profile.h"
#include "timer.h"

/* How far a client is; in this order. */
enum client_phase {
	CLIENT_IDLE,
	CLIENT_MAIN_MODE,
	CLIENT_QUICK_MODE,
	CLIENT_L2TP,
	CLIENT_PPP,
	CLIENT_UP,
	CLIENT_CLOSING,
	CLIENT_N_PHASES
};
const char *client_phase_name(enum client_phase phase);

/* Why a client is down; each has its sentence in client_why_str. */
enum client_why {
	CLIENT_WHY_LOCAL, /* client_disconnect, done */
	CLIENT_WHY_IKE_TIMEOUT,
	CLIENT_WHY_IKE_REFUSED, /* a notify or a message that does not fit; text says which */
	CLIENT_WHY_IKE_AUTH, /* message 6 or HASH_R is wrong: the pre-shared keys differ */
	CLIENT_WHY_QUICK_TIMEOUT,
	CLIENT_WHY_QUICK_REFUSED,
	CLIENT_WHY_L2TP_TIMEOUT,
	CLIENT_WHY_L2TP_REFUSED, /* StopCCN or CDN before the session was up */
	CLIENT_WHY_PPP_TIMEOUT,
	CLIENT_WHY_PPP_REFUSED, /* no agreement in LCP or IPCP */
	CLIENT_WHY_PPP_AUTH, /* CHAP Failure: text has its message */
	CLIENT_WHY_PEER, /* the gateway ended it while it was up */
	CLIENT_WHY_DEAD, /* the gateway does not answer any more (echo, HELLO, DPD) */
	CLIENT_WHY_INTERNAL,
	CLIENT_N_WHYS
};
const char *client_why_str(enum client_why why);
/* A word for tables and JSON: "ike-timeout". */
const char *client_why_name(enum client_why why);

/* What a client is. Kept by reference: it must outlive its clients. */
struct client_config {
	const struct profile *profile; /* offers, vendor IDs, AVPs, options */
	const char *psk;
	size_t psk_len;
	uint32_t ike_timeout_ms, l2tp_timeout_ms,
		ppp_timeout_ms; /* 0: the profile's own patience */
	uint32_t
		idle_ms; /* a pair that is not used for so long is deleted; 0: as the profile has it */
	uint32_t esp_life_kb; /* offered for a pair; 0: as the profile has it */
	enum dh_group pfs; /* quick mode with new keys of this group (RFC 2409, 5.5); 0: without */
	uint16_t
		fragment; /* longer encrypted IKE messages go in pieces, if the gateway takes them; 0: never */
};

/* Who a client is. */
struct client_id {
	struct ip_end inside; /* its own idea of its address; port is ignored (500, then 4500) */
	be32 gateway; /* the outer address that it dials */
	const char *user, *password; /* copied */
	const char *host_name; /* in SCCRQ; copied */
	uint32_t number; /* for its own use in logs and in what must differ between clients */
};

/* An ESP pair that quick mode made. */
struct client_child {
	be32 spi_in, spi_out; /* ours; the gateway's */
	const struct esp_suite *suite;
	struct esp_keys in, out; /* gateway to us; us to gateway */
	bool udp_encap; /* RFC 3948: port 4500 */
	uint32_t life_s; /* 0: none */
	uint64_t life_kb; /* 0: none */
};

/* Keys of an ISAKMP SA, for a log that Wireshark reads. */
struct client_isakmp_keys {
	uint8_t icookie[8];
	uint8_t key[32]; /* of the cipher (RFC 2409, appendix B) */
	size_t key_len;
};

struct client;

/*
 * What a client tells its owner; arg is what the owner gave. Callbacks must not free the client. Any but send_*
 * may be NULL.
 */
struct client_events {
	/* An IKE message from the client's port 500, or 4500 (then the non-ESP marker is to be put before it). */
	void (*send_ike)(void *arg, uint16_t port, const uint8_t *msg, size_t len);
	/* An L2TP message (control, or PPP in data) from its header on, for UDP 1701 to 1701 inside the newest ESP pair. */
	void (*send_l2tp)(void *arg, const uint8_t *msg, size_t len);
	/* Packets may come on spi_in and go on spi_out from now on. Older pairs still take packets. 0, or refuses. */
	int (*child_new)(void *arg, const struct client_child *child);
	/* A pair has ended (DELETE, expiry, disconnect). */
	void (*child_gone)(void *arg, be32 spi_in);
	/* Its NAT is to be kept awake: an NAT-keepalive packet is due, from port 4500 (RFC 3948, 2.3). */
	void (*keepalive)(void *arg);
	/* Main mode is done. */
	void (*isakmp_up)(void *arg, const struct client_isakmp_keys *keys);
	/* The phase has changed. */
	void (*phase)(void *arg, enum client_phase phase);
	/* IPCP is open: the leased address, the gateway's own in PPP; see client_data_head. */
	void (*up)(void *arg, be32 address, be32 gateway);
	/* The last event; the client is CLIENT_IDLE again and may be connected again or freed. */
	void (*down)(void *arg, enum client_why why, const char *text);
};

/*
 * NULL when out of memory. Nothing is sent before client_connect. events are copied. legacy_init() of crypto/legacy.h
 * comes before the first client_connect.
 */
struct client *client_new(const struct client_config *config, const struct client_id *id,
	struct timers *timers, const struct client_events *events, void *arg);
/* Without a word: the client is dead, as after a power cut. */
void client_free(struct client *c);

/* Begins with message 1 of main mode. Only when CLIENT_IDLE. */
void client_connect(struct client *c);
/* Orderly: LCP Terminate-Request, CDN, StopCCN, DELETEs, in the profile's order; then `down`. */
void client_disconnect(struct client *c);
/* Forgets everything without a word and is CLIENT_IDLE; no event. */
void client_die(struct client *c);
/* New keys: a quick mode; a main mode (which takes over the pairs). -EBUSY, -EINVAL when it cannot be. */
int client_rekey_esp(struct client *c);
int client_rekey_ike(struct client *c);

/* An IKE message for it, without the non-ESP marker; port is the one it came to. */
void client_ike_input(struct client *c, uint16_t port, const uint8_t *msg, size_t len);
/* What came out of ESP, from the L2TP header on: control, or PPP that is not IP (the owner takes IP itself). */
void client_l2tp_input(struct client *c, const uint8_t *msg, size_t len);

/*
 * So many bytes of L2TP with data are about to go, or have come. False when there is no pair for them: then a quick
 * mode is begun, as after a silence.
 */
bool client_traffic(struct client *c, size_t len);

enum client_phase client_phase(const struct client *c);
/* The initiator's cookie of its newest ISAKMP SA: messages of the gateway are known by it. */
const uint8_t *client_icookie(const struct client *c);
/* IDs of L2TP data messages to us, host order; 0 before they are known. */
void client_ids(const struct client *c, uint16_t *our_tid, uint16_t *our_sid);
/* L2TP and PPP header for IP data to the gateway as this client writes them; returns its length. Its length field, if
 * len_at is not 0, stands at that offset and counts from the header's first byte. */
#define CLIENT_HEAD_MAX 20
size_t client_data_head(const struct client *c, uint8_t head[CLIENT_HEAD_MAX], size_t *len_at);
/* Bytes of memory that one client takes. */
size_t client_size(void);

#endif
