/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Tests which settings of the exporter toolkit's format are accepted, and the error line for each
 * other setting.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/web_config_fixture.h"

static void refuse(const char *text, const char *wanted)
{
	cr_assert_eq(read_text(text), -EINVAL, "%s", text);
	cr_assert_str_eq(error, wanted);
	cr_assert_null(config.cert_file);
}

struct wrong {
	const char *text, *error;
};

static void refuse_each(const struct wrong *cases, size_t count)
{
	for (size_t i = 0; i < count; i++)
		refuse(cases[i].text, cases[i].error);
}

Test(web_config, reads_every_setting)
{
	accept_text(
		"# a comment\n"
		"tls_server_config:\n"
		"  cert_file: certs/server.pem\n"
		"  key_file: \"/etc/keys/server.key\"\n"
		"  client_ca_file: ca.pem\n"
		"  client_auth_type: RequireAndVerifyClientCert\n"
		"  min_version: TLS12\n"
		"  max_version: TLS13\n"
		"  prefer_server_cipher_suites: false\n"
		"  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TLS_AES_128_GCM_SHA256]\n"
		"  curve_preferences:\n"
		"    - X25519\n"
		"    - CurveP256\n"
		"basic_auth_users:\n"
		"  alice: " HASH "\n"
		"  'bob b': '" HASH "'\n");
	cr_assert(config.tls);
	cr_assert_str_eq(config.cert_file, "/tmp/certs/server.pem");
	cr_assert_str_eq(config.key_file, "/etc/keys/server.key");
	cr_assert_str_eq(config.client_ca_file, "/tmp/ca.pem");
	cr_assert_eq(config.client_auth, WEB_REQUIRE_AND_VERIFY_CLIENT_CERT);
	cr_assert_eq(config.min_minor, 2);
	cr_assert_eq(config.max_minor, 3);
	cr_assert_not(config.server_preference);
	cr_assert_str_eq(config.cipher_suites,
		"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256:TLS_AES_128_GCM_SHA256");
	cr_assert_str_eq(config.curves, "X25519:P-256");
	cr_assert_eq(config.n_users, 2);
	cr_assert_str_eq(config.users[1].name, "bob b");
	cr_assert_str_eq(config.users[1].hash, HASH);
	web_config_deinit(&config);
}

Test(web_config, defaults)
{
	accept_text(TLS "  client_ca_file:\n");
	cr_assert_null(config.client_ca_file);
	cr_assert_eq(config.client_auth, WEB_NO_CLIENT_CERT);
	cr_assert_eq(config.min_minor, 2);
	cr_assert_eq(config.max_minor, 3);
	cr_assert_eq(config.n_users, 0);
	web_config_deinit(&config);
	accept_text("basic_auth_users:\n  a: " HASH "\n");
	cr_assert_not(config.tls);
	web_config_deinit(&config);
}

/* Files of other exporters: none of their settings concerns TLS or users. */
Test(web_config, files_without_tls_and_users)
{
	static const char *const texts[] = {"", "# nothing\n", "---\n", "{}\n",
		"tls_server_config: {}\n", "tls_server_config:\nbasic_auth_users: {}\n",
		"tls_server_config: null\nhttp_server_config: {}\nrate_limit: ~\n"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		accept_text(texts[i]);
		cr_assert_not(config.tls, "%s", texts[i]);
		cr_assert_eq(config.n_users, 0);
		cr_assert_not(config.ignores_http2 || config.ignores_rate_limit);
		web_config_deinit(&config);
	}
	refuse("tls_server_config: ''\n", "line 1: tls_server_config: give keys and values");
	refuse("tls_server_config: {min_version: TLS13}\n",
		"line 1: tls_server_config: cert_file and key_file are required");
}

/*
 * A setting that has no effect here is remembered for a warning. An unsupported setting is refused.
 */
Test(web_config, ignored_settings)
{
	accept_text(TLS "http_server_config:\n  http2: true\n");
	cr_assert(config.ignores_http2);
	web_config_deinit(&config);
	accept_text(TLS "http_server_config:\n  http2: false\n"
			"rate_limit:\n  interval: 1s\n  burst: 20\n");
	cr_assert_not(config.ignores_http2);
	cr_assert(config.ignores_rate_limit);
	web_config_deinit(&config);
	refuse(TLS "http_server_config:\n  headers:\n    X-Frame-Options: deny\n",
		"line 6: http_server_config: headers cannot be set: the exporter sends strict "
		"ones");
	refuse(TLS "rate_limit:\n  rate: 1\n", "line 5: rate_limit: 'rate' is not a supported key");
}

Test(web_config, booleans)
{
	static const char *const yes[] = {"true", "True", "yes", "on", "Y"}, *const no[] = {"false",
										     "NO", "off",
										     "n"};
	char text[256];

	for (size_t i = 0; i < 9; i++) {
		snprintf(text, sizeof(text), TLS "  prefer_server_cipher_suites: %s\n",
			i < 5 ? yes[i] : no[i - 5]);
		accept_text(text);
		cr_assert_eq(config.server_preference, i < 5, "%s", text);
		web_config_deinit(&config);
	}
}

Test(web_config, client_names)
{
	accept_text(TLS "  client_ca_file: ca.pem\n  client_auth_type: RequireAndVerifyClientCert\n"
			"  client_allowed_sans: [prometheus.example.org, 'spiffe://a/b']\n");
	cr_assert_str_eq(config.client_sans, "prometheus.example.org\nspiffe://a/b");
	web_config_deinit(&config);
	refuse(TLS "  client_allowed_sans: [a]\n",
		"line 2: tls_server_config: client_allowed_sans needs a client_auth_type that "
		"verifies the certificate");
	refuse(TLS "  client_auth_type: RequireAnyClientCert\n  client_allowed_sans: [a]\n",
		"line 2: tls_server_config: client_allowed_sans needs a client_auth_type that "
		"verifies the certificate");
	refuse(TLS "  client_allowed_sans: []\n",
		"line 4: client_allowed_sans: give a list that is not empty");
	refuse(TLS "  client_allowed_sans: [\"a\\nb\"]\n",
		"line 4: client_allowed_sans: give names, addresses or URIs");
}

/* An unknown setting is refused with its name and line. */
Test(web_config, unknown_keys)
{
	static const char *const root[] = {
		"http_servers_config", "rate_limits", "basic_auth_user", "TLS_server_config", "x"};
	static const char *const tls[] = {"cert", "key", "client_ca", "client_allowed_san",
		"key_files", "insecure_skip_verify", "minimum_version"};
	char text[256], wanted[256];

	for (size_t i = 0; i < sizeof(root) / sizeof(root[0]); i++) {
		snprintf(text, sizeof(text), TLS "%s:\n  http2: true\n", root[i]);
		snprintf(wanted, sizeof(wanted), "line 4: the file: '%s' is not a supported key",
			root[i]);
		refuse(text, wanted);
	}
	for (size_t i = 0; i < sizeof(tls) / sizeof(tls[0]); i++) {
		snprintf(text, sizeof(text), TLS "  %s: a\n", tls[i]);
		snprintf(wanted, sizeof(wanted),
			"line 4: tls_server_config: '%s' is not a supported key", tls[i]);
		refuse(text, wanted);
	}
}

Test(web_config, wrong_files)
{
	static const struct wrong cases[] = {
		{"a", "line 1: the file: give keys and values"},
		{"- a\n", "line 1: the file: give keys and values"},
		{TLS TLS, "line 4: the file: 'tls_server_config' appears twice"},
		{"basic_auth_users:\n  a: " HASH "\n---\nb: 1\n",
			"line 4: only one document is supported"},
		{"tls_server_config: {\n", "line 2: did not find expected node content"},
		{"\t\n a: b", "line 1: found character that cannot start any token"},
	};

	refuse_each(cases, sizeof(cases) / sizeof(cases[0]));
}

Test(web_config, wrong_values_of_tls)
{
	static const struct wrong cases[] = {
		{"tls_server_config: yes\n", "line 1: tls_server_config: give keys and values"},
		{"tls_server_config:\n  cert_file: a\n",
			"line 2: tls_server_config: cert_file and key_file are required"},
		{TLS "  cert_file: b\n", "line 4: tls_server_config: 'cert_file' appears twice"},
		{TLS "  client_ca_file: [a]\n", "line 4: give a path"},
		{TLS "  client_ca_file: a\n",
			"line 2: tls_server_config: client_ca_file needs a client_auth_type "
			"that asks for a certificate"},
		{TLS "  client_auth_type: VerifyClientCertIfGiven\n",
			"line 2: tls_server_config: this client_auth_type needs client_ca_file"},
		{TLS "  client_auth_type: require\n",
			"line 4: client_auth_type: give NoClientCert, RequestClientCert, "
			"RequireAnyClientCert, VerifyClientCertIfGiven or "
			"RequireAndVerifyClientCert"},
		{TLS "  min_version: TLS11\n",
			"line 4: min_version: give TLS12 or TLS13; older ones are not safe"},
		{TLS "  max_version: 1.3\n",
			"line 4: max_version: give TLS12 or TLS13; older ones are not safe"},
		{TLS "  min_version: TLS13\n  max_version: TLS12\n",
			"line 2: tls_server_config: min_version is above max_version"},
		{TLS "  prefer_server_cipher_suites: 1\n",
			"line 4: prefer_server_cipher_suites: give true or false"},
		{TLS "  cipher_suites: a\n", "line 4: cipher_suites: give a list"},
		{TLS "  cipher_suites:\n  - ALL\n", "line 5: cipher_suites: give names such as "
						    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"},
		{TLS "  curve_preferences: {}\n", "line 4: curve_preferences: give a list"},
		{TLS "  curve_preferences: [P-256]\n",
			"line 4: curve_preferences: give CurveP256, CurveP384, CurveP521 or "
			"X25519"},
	};

	refuse_each(cases, sizeof(cases) / sizeof(cases[0]));
}

Test(web_config, wrong_users)
{
	static const struct wrong cases[] = {
		{"basic_auth_users:\n  a: secret\n",
			"line 2: basic_auth_users: 'a' needs a bcrypt hash ($2a$, $2b$ or $2y$)"},
		{"basic_auth_users:\n  a: $2x$10$" SALTED "S\n",
			"line 2: basic_auth_users: 'a' needs a bcrypt hash ($2a$, $2b$ or $2y$)"},
		{"basic_auth_users:\n  a: $2y$10$" SALTED "\n",
			"line 2: basic_auth_users: 'a' needs a bcrypt hash ($2a$, $2b$ or $2y$)"},
		{"basic_auth_users:\n  a: $2y$17$" SALTED "S\n",
			"line 2: basic_auth_users: 'a': give a cost from 4 to 16, not 17"},
		{"basic_auth_users:\n  'a:b': " HASH "\n",
			"line 2: basic_auth_users: give a name without ':'"},
		{"basic_auth_users:\n  a: " HASH "\n  a: " HASH "\n",
			"line 3: basic_auth_users: 'a' appears twice"},
		{"basic_auth_users:\n  a: \"" HASH "\\0\"\n",
			"line 2: basic_auth_users: 'a' needs a bcrypt hash ($2a$, $2b$ or $2y$)"},
	};

	refuse_each(cases, sizeof(cases) / sizeof(cases[0]));
}

/* More would cost libyaml too much time. */
Test(web_config, too_large)
{
	static const char refused[] = "line 1: more than 2000 values, or more than 8 levels";
	static char text[8000] = "rate_limit: {burst: [";
	char *end = text + strlen(text);

	/* Every start and every end counts, too: 11 besides these. */
	for (size_t i = 0; i < 2000 - 11; i++)
		end = stpcpy(end, "a, ");
	strcpy(end, "]}\n");
	accept_text(text);
	strcpy(end, "a, a, a]}\n");
	refuse(text, refused);
	accept_text("rate_limit: {burst: [[[[[[a]]]]]]}\n");
	refuse("rate_limit: {burst: [[[[[[[a]]]]]]]}\n", refused);
}

Test(web_config, no_file)
{
	cr_assert_eq(web_config_read(&config, "/nonexistent/web.yml", error), -ENOENT);
	cr_assert_str_eq(error, "No such file or directory");
	cr_assert_eq(web_config_read(&config, "/tmp", error), -EISDIR);
	cr_assert_eq(web_config_read(&config, "/dev/zero", error), -EMEDIUMTYPE);
	cr_assert_str_eq(error, "not a regular file");
}

Test(web_config, too_many_users)
{
	char text[16384] = "basic_auth_users:\n";
	size_t length = strlen(text);

	for (int i = 0; i < 65; i++)
		length += (size_t)snprintf(
			text + length, sizeof(text) - length, "  u%d: " HASH "\n", i);
	refuse(text, "line 66: basic_auth_users: more than 64 users");
}
