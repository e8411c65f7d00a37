/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "web_config/module.h"

#include <errno.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "common/clock.h"
#include "common/log.h"
#include "web_config/bcrypt_checker.h"
#include "web_config/client_certificates.h"
#include "web_config/client_names.h"
#include "web_config/passwords.h"
#include "web_config/tls.h"
#include "web_config/tls_stream.h"
#include "web_config/web_config.h"

/* A file has changed if its stamp has changed. */
struct stamp {
	dev_t device;
	ino_t inode;
	off_t size;
	struct timespec changed; /* not st_mtim, which cp -p and tar preserve */
};

enum { CONFIG_FILE, CERT_FILE, KEY_FILE, CLIENT_CA_FILE, FILES };

struct web_guard {
	struct http_guard guard; /* must be first */
	const char *path;
	struct web_config config;
	SSL_CTX *tls;
	struct web_passwords *passwords;
	struct stamp stamps[FILES]; /* at the last attempt to load the files */
	bool failed;                /* whether the last attempt failed */
	char error[WEB_ERROR_SIZE]; /* why the last attempt failed */
	uint64_t checked_s;         /* CLOCK_MONOTONIC of the last check of the files */
};

static void list_files(const struct web_guard *w, const char *files[FILES])
{
	files[CONFIG_FILE] = w->path;
	files[CERT_FILE] = w->config.cert_file;
	files[KEY_FILE] = w->config.key_file;
	files[CLIENT_CA_FILE] = w->config.client_ca_file;
}

/* A file that is missing or not configured has a stamp of zeros. */
static void read_stamps(const struct web_guard *w, struct stamp stamps[FILES])
{
	const char *paths[FILES];
	struct stat st;

	list_files(w, paths);
	memset(stamps, 0, FILES * sizeof(*stamps));
	for (int i = 0; i < FILES; i++) {
		if (!paths[i] || stat(paths[i], &st))
			continue;
		stamps[i].device = st.st_dev;
		stamps[i].inode = st.st_ino;
		stamps[i].size = st.st_size;
		stamps[i].changed = st.st_ctim;
	}
}

static int check_kind(const struct web_guard *w, const struct web_config *config, char *error)
{
	const char *what = w->guard.tls != config->tls ? "tls_server_config" : "basic_auth_users";

	if (w->guard.tls == config->tls && w->guard.passwords == (config->n_users > 0))
		return 0;
	snprintf(error, WEB_ERROR_SIZE, "adding or removing %s requires a restart", what);
	return -EINVAL;
}

static int make_tls(
	struct web_guard *w, SSL_CTX **tls, const struct web_config *config, char *error)
{
	int r = web_tls_new(tls, config, error);

	if (r)
		return r;
	web_tls_streams_init(*tls, &w->guard);
	return config->client_sans ? client_names_require(*tls, config->client_sans) : 0;
}

static void warn_of_readers(const char *path)
{
	struct stat st;

	if (path && stat(path, &st) == 0 && st.st_mode & S_IROTH)
		log_warning("every user of this host can read %s; chmod o= forbids that", path);
}

/* Warns of settings with an effect that the operator may not expect. */
static void module_warn(const struct web_guard *w)
{
	const struct web_config *c = &w->config;
	const char *weak = c->tls && c->min_minor < 3 ? web_tls_weak_suite(w->tls) : NULL;

	if (!c->tls && c->n_users == 0)
		log_warning("%s: neither TLS nor passwords: every client is served", w->path);
	if (c->ignores_http2)
		log_warning("%s: http2 is ignored: this exporter speaks HTTP/1.1 only", w->path);
	if (c->ignores_rate_limit)
		log_warning("%s: rate_limit is ignored: simultaneous requests share one exposition",
			w->path);
	if (weak)
		log_warning("%s: cipher_suites has %s, without forward secrecy or authenticated "
			    "encryption",
			w->path, weak);
	if (c->n_users > 0)
		warn_of_readers(w->path);
	warn_of_readers(c->key_file);
}

/* Counts the permissions that clients lose when `config` and `tls` replace those in use. */
static void count_revocations(struct web_guard *w, const struct web_config *config, SSL_CTX *tls)
{
	w->guard.revoked.users += web_config_removes_user(&w->config, config);
	w->guard.revoked.certificates += web_config_changes_clients(&w->config, config) ||
					 (tls && !client_certificates_same_cas(w->tls, tls));
}

/* Loads all files. On failure, keeps the present configuration. */
static int module_read_config(struct web_guard *w, char *error)
{
	struct web_config config;
	SSL_CTX *tls = NULL;
	int r = web_config_read(&config, w->path, error);

	if (r)
		return r;
	r = check_kind(w, &config, error);
	if (!r && config.tls)
		r = make_tls(w, &tls, &config, error);
	if (r) {
		SSL_CTX_free(tls);
		web_config_deinit(&config);
		return r;
	}
	count_revocations(w, &config, tls);
	web_config_deinit(&w->config);
	SSL_CTX_free(w->tls);
	w->config = config;
	w->tls = tls;
	return 0;
}

/* Logs a failure only if a file or the error has changed since the last attempt. */
static void log_failure(struct web_guard *w, bool changed, const char *error)
{
	if (changed || !w->failed || strcmp(error, w->error) != 0)
		log_error("%s: %s; keeping the previous configuration", w->path, error);
	snprintf(w->error, sizeof(w->error), "%s", error);
	w->failed = true;
}

static void read_again(struct web_guard *w, bool changed)
{
	char error[WEB_ERROR_SIZE];

	if (module_read_config(w, error)) {
		log_failure(w, changed, error);
		return;
	}
	w->failed = false;
	log_info("reloaded %s", w->path);
	module_warn(w);
}

/* After a failure, each check loads the files again, because the cause may be outside these files. */
static void module_reload_if_changed(struct http_guard *guard)
{
	struct web_guard *w = (struct web_guard *)guard;
	struct stamp now[FILES];
	bool changed;

	if (w->checked_s == clock_s(CLOCK_MONOTONIC))
		return;
	w->checked_s = clock_s(CLOCK_MONOTONIC);
	read_stamps(w, now);
	changed = memcmp(now, w->stamps, sizeof(now)) != 0;
	if (!changed && !w->failed)
		return;
	/* The stamps are older than the contents, so a file that changes now is read again. */
	memcpy(w->stamps, now, sizeof(now));
	read_again(w, changed);
}

static void module_reload(struct http_guard *guard)
{
	struct web_guard *w = (struct web_guard *)guard;

	read_stamps(w, w->stamps);
	read_again(w, true);
}

static struct bufferevent *module_stream_new(
	struct http_guard *guard, struct event_base *base, int fd)
{
	struct web_guard *w = (struct web_guard *)guard;

	module_reload_if_changed(guard);
	return web_tls_stream_new(w->tls, base, fd);
}

static enum http_verdict module_authorize(struct http_guard *guard, const char *authorization,
	struct http_peer peer, void *client, struct http_attempt **attempt)
{
	struct web_guard *w = (struct web_guard *)guard;

	module_reload_if_changed(guard);
	return web_passwords_judge(w->passwords, &w->config, authorization, peer, client, attempt);
}

_Static_assert((int)FILES == HTTP_GUARD_FILES, "module_files() lists all files");

static void module_files(const struct http_guard *guard, const char *list[FILES])
{
	list_files((const struct web_guard *)guard, list);
}

static void module_free(struct http_guard *guard)
{
	struct web_guard *w = (struct web_guard *)guard;

	web_passwords_free(w->passwords);
	SSL_CTX_free(w->tls);
	web_config_deinit(&w->config);
	free(w);
}

/* The password checker is started before the key is loaded, so it has no copy of the key. */
static int module_open_all(
	struct web_guard *w, struct event_base *base, enum sandbox_mode mode, char *error)
{
	int r = web_config_read(&w->config, w->path, error);

	read_stamps(w, w->stamps);
	w->checked_s = clock_s(CLOCK_MONOTONIC);
	if (!r && w->config.n_users > 0) {
		int fd = checker_start(mode);

		w->guard.passwords = true;
		r = fd < 0 ? fd : web_passwords_new(&w->passwords, base, fd, &w->guard);
	}
	if (!r && w->config.tls) {
		w->guard.tls = true;
		r = make_tls(w, &w->tls, &w->config, error);
	}
	if (r && !error[0])
		snprintf(error, WEB_ERROR_SIZE, "%s", strerror(-r));
	return r;
}

__attribute__((visibility("default"))) int rexmit_web_config_open(struct http_guard **guard,
	const char *path, struct event_base *base, enum sandbox_mode mode)
{
	char error[WEB_ERROR_SIZE] = "";
	struct web_guard *w = calloc(1, sizeof(*w));
	int r;

	if (!w) {
		log_error("%s: %s", path, strerror(ENOMEM));
		return -ENOMEM;
	}
	w->path = path;
	w->guard = (struct http_guard){
		.stream_new = module_stream_new,
		.stream_finish = web_tls_stream_finish,
		.stream_free = web_tls_stream_free,
		.stream_refusal = web_tls_stream_refusal,
		.authorize = module_authorize,
		.authorize_cancel = web_passwords_cancel,
		.reload = module_reload,
		.reload_if_changed = module_reload_if_changed,
		.files = module_files,
		.free = module_free,
	};
	r = module_open_all(w, base, mode, error);
	if (r) {
		log_error("%s: %s", path, error);
		module_free(&w->guard);
		return r;
	}
	module_warn(w);
	*guard = &w->guard;
	return 0;
}
