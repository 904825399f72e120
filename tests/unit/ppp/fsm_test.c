/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The automaton against the table of RFC 1661, 4.1, in the RFC's own notation; its timer and
 * counter.
 */
#include "rig.h"

struct line {
	enum ppp_event event;
	const char *cells[PPP_N_STATES];
};

/* clang-format off */
static const struct line rfc[] = {
	{PPP_EV_UP, {"2", "irc,scr/6", "-", "-", "-", "-", "-", "-", "-", "-"}},
	{PPP_EV_DOWN, {"-", "-", "0", "tls/1", "0", "1", "1", "1", "1", "tld/1"}},
	{PPP_EV_OPEN, {"tls/1", "1", "irc,scr/6", "3r", "5r", "5r", "6", "7", "8", "9r"}},
	{PPP_EV_CLOSE, {"0", "tlf/0", "2", "2", "4", "4", "irc,str/4", "irc,str/4", "irc,str/4",
		"tld,irc,str/4"}},
	{PPP_EV_TO_PLUS, {"-", "-", "-", "-", "str/4", "str/5", "scr/6", "scr/6", "scr/8", "-"}},
	{PPP_EV_TO_MINUS, {"-", "-", "-", "-", "tlf/2", "tlf/3", "tlf/3p", "tlf/3p",
		"tlf/3p", "-"}},
	{PPP_EV_RCR_PLUS, {"-", "-", "sta/2", "irc,scr,sca/8", "4", "5", "sca/8", "sca,tlu/9",
		"sca/8", "tld,scr,sca/8"}},
	{PPP_EV_RCR_MINUS, {"-", "-", "sta/2", "irc,scr,scn/6", "4", "5", "scn/6", "scn/7", "scn/6",
		"tld,scr,scn/6"}},
	{PPP_EV_RCA, {"-", "-", "sta/2", "sta/3", "4", "5", "irc/7", "scr/6x", "irc,tlu/9",
		"tld,scr/6x"}},
	{PPP_EV_RCN, {"-", "-", "sta/2", "sta/3", "4", "5", "irc,scr/6", "scr/6x", "irc,scr/8",
		"tld,scr/6x"}},
	{PPP_EV_RTR, {"-", "-", "sta/2", "sta/3", "sta/4", "sta/5", "sta/6", "sta/6", "sta/6",
		"tld,zrc,sta/5"}},
	{PPP_EV_RTA, {"-", "-", "2", "3", "tlf/2", "tlf/3", "6", "6", "8", "tld,scr/6"}},
	{PPP_EV_RUC, {"-", "-", "scj/2", "scj/3", "scj/4", "scj/5", "scj/6", "scj/7", "scj/8",
		"scj/9"}},
	{PPP_EV_RXJ_PLUS, {"-", "-", "2", "3", "4", "5", "6", "6", "8", "9"}},
	{PPP_EV_RXJ_MINUS, {"-", "-", "tlf/2", "tlf/3", "tlf/2", "tlf/3", "tlf/3", "tlf/3", "tlf/3",
		"tld,irc,str/5"}},
	{PPP_EV_RXR, {"-", "-", "2", "3", "4", "5", "6", "7", "8", "ser/9"}},
};

static const struct {
	const char *name;
	uint16_t action;
} actions[] = {
	{"tld", PPP_TLD}, {"irc", PPP_IRC}, {"zrc", PPP_ZRC}, {"scr", PPP_SCR}, {"sca", PPP_SCA},
	{"scn", PPP_SCN}, {"str", PPP_STR}, {"sta", PPP_STA}, {"scj", PPP_SCJ}, {"ser", PPP_SER},
	{"tlu", PPP_TLU}, {"tls", PPP_TLS}, {"tlf", PPP_TLF},
};
/* clang-format on */

static struct ppp_cell
parse(const char *text)
{
	struct ppp_cell cell = {0, PPP_NO_CELL};
	const char *slash = strchr(text, '/');

	for (const char *p = text; slash != NULL && p < slash; p += 4) {
		bool known = false;

		for (size_t i = 0; i < PPP_N_ACTIONS; i++) {
			if (strncmp(actions[i].name, p, 3) != 0)
				continue;
			cell.actions = (uint16_t)(cell.actions | actions[i].action);
			known = true;
		}
		assert_true(known);
	}
	if (text[0] != '-')
		cell.next = (uint8_t)strtoul(slash ? slash + 1 : text, NULL, 10);
	return cell;
}

static void
test_table(void **state)
{
	unsigned cells = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(rfc) / sizeof(rfc[0]); i++) {
		for (unsigned s = 0; s < PPP_N_STATES; s++, cells++) {
			struct ppp_cell want = parse(rfc[i].cells[s]);
			const struct ppp_cell *have = ppp_fsm_cell(rfc[i].event, s);

			if (have->actions != want.actions || have->next != want.next)
				fail_msg("event %u in state %s", rfc[i].event, ppp_state_name(s));
		}
	}
	assert_int_equal(cells, PPP_N_EVENTS * PPP_N_STATES);
}

/* A protocol that records its events, on a link without others. */
struct told {
	unsigned up, down, finished, terminated;
};

static void
on_begin(struct ppp *p)
{
	(void)p;
}

static struct told *
told(struct ppp *p)
{
	return ((struct rig *)p->arg)->net_arg;
}

static void
on_up(struct ppp *p)
{
	told(p)->up++;
}

static void
on_down(struct ppp *p)
{
	told(p)->down++;
}

static void
on_finished(struct ppp *p)
{
	told(p)->finished++;
}

static void
on_terminated(struct ppp *p, struct rd data)
{
	(void)data;
	told(p)->terminated++;
}

static const struct ppp_cp_ops ops = {
	.name = "test",
	.protocol = 0x8099,
	.peer_begin = on_begin,
	.up = on_up,
	.down = on_down,
	.finished = on_finished,
	.terminated = on_terminated,
};

/* Drives each cell: the next state, what is sent, and which events occur. */
static void
test_cells(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rfc) / sizeof(rfc[0]); i++) {
		for (unsigned s = 0; s < PPP_N_STATES; s++) {
			static const uint8_t packet[] = {99, 7, 0, 4};
			struct ppp_cell want = parse(rfc[i].cells[s]);
			struct rig *r = rig_new(0);
			struct told t = {0};
			struct ppp_cp cp = {0};

			r->net_arg = &t;
			ppp_cp_init(&cp, r->p, &ops);
			cp.state = s;
			cp.count = 5;
			cp.in = rd_init(packet, sizeof(packet));
			cp.in_id = 7;
			cp.reply_code = rfc[i].event == PPP_EV_RCR_PLUS ? PPP_CONF_ACK
									: PPP_CONF_NAK;
			ppp_cp_event(&cp, rfc[i].event);
			assert_int_equal(cp.state, want.next == PPP_NO_CELL ? s : want.next);
			if (want.actions & PPP_SCR)
				rig_expect(r, 0x8099, PPP_CONF_REQ, "");
			if (want.actions & PPP_SCA)
				assert_int_equal(rig_expect(r, 0x8099, PPP_CONF_ACK, ""), 7);
			if (want.actions & PPP_SCN)
				assert_int_equal(rig_expect(r, 0x8099, PPP_CONF_NAK, ""), 7);
			if (want.actions & PPP_STR)
				rig_expect(r, 0x8099, PPP_TERM_REQ, "");
			if (want.actions & PPP_STA)
				assert_int_equal(rig_expect(r, 0x8099, PPP_TERM_ACK, ""), 7);
			if (want.actions & PPP_SCJ)
				rig_expect(r, 0x8099, PPP_CODE_REJ, "63070004");
			rig_silent(r);
			assert_int_equal(t.up, (want.actions & PPP_TLU) != 0);
			assert_int_equal(t.down, (want.actions & PPP_TLD) != 0);
			assert_int_equal(t.finished, (want.actions & PPP_TLF) != 0);
			/* The timer runs in exactly those states that wait for something. */
			if (want.actions & (PPP_SCR | PPP_STR | PPP_ZRC))
				assert_true(timer_armed(&cp.restart));
			if (cp.state <= PPP_STOPPED || cp.state == PPP_OPENED)
				assert_false(timer_armed(&cp.restart));
			timer_stop(&cp.restart);
			rig_free(r);
		}
	}
}

static void
test_counters(void **state)
{
	struct rig *r = rig_new(0);
	struct told t = {0};
	struct ppp_cp cp = {0};

	(void)state;
	r->net_arg = &t;
	ppp_cp_init(&cp, r->p, &ops);
	ppp_cp_event(&cp, PPP_EV_OPEN);
	ppp_cp_event(&cp, PPP_EV_UP);
	rig_wait(r, 2900);
	assert_int_equal(r->n_sent, 1);
	rig_wait(r, 200);
	assert_int_equal(r->n_sent, 2);
	/* A retransmission keeps its identifier. */
	assert_int_equal(r->sent[0].bytes[5], r->sent[1].bytes[5]);
	rig_wait(r, 60000);
	assert_int_equal(r->n_sent, PPP_MAX_CONFIGURE);
	assert_int_equal(t.finished, 1);
	assert_int_equal(cp.state, PPP_STOPPED);

	rig_forget(r);
	ppp_cp_event(&cp, PPP_EV_DOWN);
	ppp_cp_event(&cp, PPP_EV_UP);
	ppp_cp_event(&cp, PPP_EV_CLOSE);
	rig_wait(r, 5900);
	assert_int_equal(cp.state, PPP_CLOSING);
	rig_wait(r, 200);
	assert_int_equal(r->n_sent, 1 + PPP_MAX_TERMINATE);
	assert_int_equal(cp.state, PPP_CLOSED);
	assert_int_equal(t.finished, 2);
	rig_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_cells),
		cmocka_unit_test(test_counters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
